"""The register of objects (检查对象名录库): one row per object, and where each record went (policy III.3.1).

Who belongs together is decided in `linkage.py`; here the records of one object become one row.
"""

import polars as pl

from onevisit.county import County
from onevisit.registries.cells import dated, listed, stated
from onevisit.registries.linkage import link, prepare
from onevisit.registries.names import name_key, plain, said_address, shown_name
from onevisit.registries.object_kinds import object_kind
from onevisit.registries.tables import DuplicatesToReview, Objects, ObjectSources
from onevisit.tables import conform

STATE_OF_STATUS = {
    "存续": "存续",
    "在业": "存续",
    "开业": "存续",
    "在营": "存续",
    "在册": "存续",
    "停业": "停业",
    "歇业": "停业",
    "吊销": "吊销",
    "吊销未注销": "吊销",
    "注销": "注销",
    "迁出": "迁出",
    "撤销": "撤销",
}
"""State by the word filed; an empty cell is 存续, since a department lists what it supervises."""

PLACE = ("department", "file", "sheet", "row")


def object_sources(filed: pl.DataFrame, county: County) -> pl.DataFrame:
    """Return the crosswalk: every filed object row with the object it belongs to."""
    linked = link(prepare(filed, county), county).with_columns(
        state=_state(), tags=listed(pl.col("tags")), name=pl.col("name").str.strip_chars()
    )
    return conform(ObjectSources, linked.sort(PLACE))


def objects(filed: pl.DataFrame, sources: pl.DataFrame, signals: pl.DataFrame, county: County) -> pl.DataFrame:
    """Return one row per object from its records and signals.

    Of differing values the registering authority's come first: name, address, representative, date,
    town and state. Then the newest record's; for a name the one most departments write; on a tie of
    states the more cautious. A phone comes from the newest record, whoever filed it. Masked and empty
    values come last.
    """
    ranked = _ranked(filed, sources, county)
    merged = ranked.group_by("object_id", maintain_order=True).agg(
        uscc=pl.col("object_id").filter("is_own").first(),
        address=pl.col("address").drop_nulls().first(),
        town=pl.col("town").drop_nulls().first(),
        state=pl.col("state").first(),
        opened_on=pl.col("opened_on").drop_nulls().first(),
        tags=pl.col("tags").explode().drop_nulls().unique().sort(),
        types=pl.col("entity_type").drop_nulls().unique().sort(),
        departments=pl.col("department").unique().sort(),
        record_count=pl.len(),
        updated_on=pl.col("updated_on").max(),
    )
    written = ranked.with_columns(count=pl.len().over("object_id", "is_other", "name"))
    chosen = [
        _first(written, "name", "is_other", -pl.col("count").cast(pl.Int64)),
        _first(ranked, "legal_rep", _is_masked("legal_rep")),
        _first(
            ranked.sort("updated_on", descending=True, nulls_last=True, maintain_order=True),
            "phone",
            _is_masked("phone"),
        ),
    ]
    for column in chosen:
        merged = merged.join(column, on="object_id", how="left")
    labelled = merged.with_columns(labels=pl.col("tags").list.concat("types"), plain_name=plain(pl.col("name")))
    rated = labelled.join(_rated(signals), on="object_id", how="left").with_columns(
        object_kind=object_kind(pl.col("uscc"), pl.col("labels"), pl.col("plain_name")),
        is_living=pl.col("state") == "存续",
        credit_class=pl.col("credit_class").fill_null("N"),
        is_abnormal=pl.col("is_abnormal").fill_null(False),
        complaint_count=pl.col("complaint_count").fill_null(0),
    )
    return conform(Objects, rated.sort("object_id"))


def duplicates_to_review(sources: pl.DataFrame, objects: pl.DataFrame, county: County) -> pl.DataFrame:
    """Return pairs of objects a person should look at: they may be one, or a code may be filed wrongly.

    Nothing is merged for being on this list.
    """
    keyed = sources.with_columns(name_key=name_key(pl.col("name"), county))
    named = keyed.select("name_key", "town", "object_id").drop_nulls().unique()
    alike = named.join(named, on=["name_key", "town"], suffix="_other").select(
        left_id="object_id", right_id="object_id_other"
    )
    doubted = sources.filter(pl.col("code_kind") == "uscc", pl.col("code") != pl.col("object_id")).select(
        left_id=pl.min_horizontal("code", "object_id"), right_id=pl.max_horizontal("code", "object_id")
    )
    pairs = pl.concat(
        [
            alike.filter(pl.col("left_id") < pl.col("right_id")).with_columns(is_doubted=pl.lit(False)),
            doubted.with_columns(is_doubted=pl.lit(True)),
        ]
    ).unique()
    known = objects.select("object_id", "uscc", "name", "legal_rep")
    left, right = (known.select(pl.all().name.prefix(f"{side}_")) for side in ("left", "right"))
    shown = pairs.join(left, left_on="left_id", right_on="left_object_id").join(
        right, left_on="right_id", right_on="right_object_id"
    )
    return conform(DuplicatesToReview, shown.with_columns(reason=_reason()).sort("left_id", "right_id", "is_doubted"))


def _ranked(filed: pl.DataFrame, sources: pl.DataFrame, county: County) -> pl.DataFrame:
    """Return every record with readable values, per object the one to believe first."""
    records = sources.select("object_id", *PLACE, "code", "code_kind", "tags", "state", "town").join(
        filed.select(*PLACE, "name", "address", "legal_rep", "phone", "opened_on", "updated_on", "entity_type"),
        on=PLACE,
    )
    registrars = [department.name for department in county.departments if department.registers]
    return records.with_columns(
        dated(pl.col("opened_on", "updated_on")),
        stated(pl.col("legal_rep", "phone")),
        name=shown_name(pl.col("name")),
        address=said_address(pl.col("address"), county),
        is_other=~pl.col("department").is_in(registrars),
        is_living=pl.col("state") == "存续",
        is_own=(pl.col("code_kind") == "uscc") & (pl.col("code") == pl.col("object_id")),
    ).sort(
        "object_id", "is_other", "updated_on", "is_living", *PLACE,
        descending=[False, False, True, False, False, False, False, False], nulls_last=True,
    )  # fmt: skip


def _reason() -> pl.Expr:
    is_uncoded = pl.col("left_uscc").is_null() | pl.col("right_uscc").is_null()
    is_same_person = (pl.col("left_legal_rep") == pl.col("right_legal_rep")) & ~_is_masked("left_legal_rep")
    return (
        pl.when(pl.col("is_doubted"))
        .then(pl.lit("同一代码下的记录互不相符，或分支机构用了总公司的代码"))
        .when(is_uncoded)
        .then(pl.lit("名称、镇（街道）相同，有一方没有可信代码"))
        .when(is_same_person)
        .then(pl.lit("名称、镇（街道）、负责人相同，代码不同，可能是重新登记"))
        .otherwise(pl.lit("名称、镇（街道）相同，代码不同，可能只是重名"))
    )


def _state() -> pl.Expr:
    states = list(STATE_OF_STATUS.values())
    return (
        plain(pl.col("status")).replace_strict(list(STATE_OF_STATUS), states, return_dtype=pl.String).fill_null("存续")
    )


def _first(ranked: pl.DataFrame, column: str, *order: str | pl.Expr) -> pl.DataFrame:
    """Return each object's first known value of a column, in the order given and then as ranked."""
    known = ranked.filter(pl.col(column).is_not_null()).sort("object_id", *order, maintain_order=True)
    return known.unique("object_id", keep="first", maintain_order=True).select("object_id", column)


def _is_masked(column: str) -> pl.Expr:
    return pl.col(column).str.contains("*", literal=True)


def _rated(signals: pl.DataFrame) -> pl.DataFrame:
    """Return each object's class, whether it is listed as abnormal, and its complaints, from what counts."""
    counted = signals.filter("is_counted")
    return counted.group_by("object_id").agg(
        credit_class=pl.col("value").filter(pl.col("kind") == "credit").first(),
        is_abnormal=(pl.col("kind") == "abnormal").any(),
        complaint_count=(pl.col("kind") == "complaint").sum(),
    )
