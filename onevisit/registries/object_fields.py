"""Every value any department filed for an object, which one the register takes, and why (policy III.3.1).

The one place that chooses: `objects.py` shows what is chosen here. The registering authority's word comes
first for what it registers, a licensing department's for where an object is and who answers the phone, the
newest record's for the rest; a name without a registering authority is the one most records have. Masked
values come last, and a credit code that is not trusted is never taken.
"""

import polars as pl

from onevisit.county import County
from onevisit.registries import reasons
from onevisit.registries.cells import dated, stated
from onevisit.registries.name_history import is_other_name
from onevisit.registries.names import plain, said_address, shown_name
from onevisit.registries.object_kinds import code_start, object_kind
from onevisit.registries.registrars import is_registrar
from onevisit.registries.states import LIVING
from onevisit.registries.tables import OBJECT_FIELDS

PLACE = ("department", "file", "sheet", "row")
_FILED = ("name", "address", "legal_rep", "phone", "opened_on", "updated_on")
_RANK = ("is_refused", "is_masked", "is_second", "fewness", "age", "is_lenient")
"""What decides between two values of a field, in this order: the lower comes first."""
_NEUTRAL = {
    "is_refused": pl.lit(value=False),
    "is_second": pl.lit(value=False),
    "fewness": pl.lit(0, pl.Int32),
    "is_lenient": pl.lit(value=False),
}
"""How a value ranks where nothing else is said."""
_AGES = 10**6
"""Age of a record without a date: older than any other."""
_KEY = pl.col("object_no") * 16 + pl.col("field_no")
"""One number per object and field; there are fewer fields than 16."""
_OF_REGISTRAR = [OBJECT_FIELDS.index(field) for field in ("name", "address", "town", "state", "opened_on", "legal_rep")]
_REASONS = pl.Enum([*reasons.TAKEN, *reasons.LOST])
"""Numbers, until each is chosen: they are moved about quicker than texts."""
_OF_PREMISES = [OBJECT_FIELDS.index(field) for field in ("operating_address", "phone")]


def object_records(filed: pl.DataFrame, sources: pl.DataFrame, county: County) -> pl.DataFrame:
    """Return every record with readable values and whose word it is, in order of object and place.

    `filed` are the filed rows of kind `objects`, `sources` the crosswalk `ObjectSources`. `record` counts the
    rows, `object_no` the objects. Added are uscc (the object's trusted code), labels (tags and types of the
    object's records), is_registrar and is_licenser.
    """
    read = (
        sources.select("object_id", *PLACE, "code", "code_kind", "is_code_trusted", "town", "state", "tags")
        .join(filed.select(*PLACE, *_FILED, "entity_type"), on=PLACE)
        .sort("object_id", *PLACE)
        .with_row_index("record")
        .with_columns(
            dated(pl.col("updated_on")),
            stated(pl.col("legal_rep", "phone")),
            object_no=pl.col("object_id").rle_id(),
            name=shown_name(pl.col("name")),
            address=said_address(pl.col("address"), county),
            code=pl.when(pl.col("code_kind") == "uscc").then("code"),
            is_licenser=pl.col("department").is_in([one.name for one in county.departments if one.licenses]),
        )
    )
    trusted = pl.col("code").filter("is_code_trusted").first().over("object_no")
    age = pl.col("updated_on").to_physical().neg().fill_null(_AGES)
    known = read.with_columns(uscc=trusted, age=age).join(
        _labels(read), on="object_no", how="left", maintain_order="left"
    )
    return (
        known.with_columns(start=_starts(known))
        .with_columns(is_registrar=is_registrar(county, pl.col("start")))
        .drop("start")
    )


def object_fields(records: pl.DataFrame, county: County) -> pl.DataFrame:
    """Return the values of the records of `object_records` as `ObjectFields`, without responsible subjects.

    `key` counts objects and fields; with it the rows are in order.
    """
    values = pl.concat(
        [
            _values(records, "uscc", pl.col("code"), is_refused=~pl.col("is_code_trusted")),
            _values(
                records,
                "name",
                pl.col("name"),
                is_second=~pl.col("is_registrar"),
                fewness=-pl.len().over("object_no", "is_registrar", "name").cast(pl.Int32),
            ),
            *(
                _values(records, field, pl.col(field), is_second=~pl.col("is_registrar"))
                for field in ("address", "town", "opened_on", "legal_rep")
            ),
            _values(
                records,
                "state",
                pl.col("state"),
                is_second=~pl.col("is_registrar"),
                is_lenient=pl.col("state") == LIVING,
            ),
            _values(records.filter("is_licenser"), "operating_address", pl.col("address")),
            _values(records, "phone", pl.col("phone"), is_second=~pl.col("is_licenser")),
        ]
    )
    return _judged(values, records, county)


def subject_fields(records: pl.DataFrame, named: pl.DataFrame, county: County) -> pl.DataFrame:
    """Return the responsible subjects that records name, as `object_fields` returns the other values.

    `named` has, for records that name one, `record`, `subject_id` (null where the register does not know it)
    and `filed`, what the record says.
    """
    rows = records.join(named, on="record", maintain_order="left")
    values = _values(rows, "subject_id", pl.coalesce("subject_id", "filed"), is_refused=pl.col("subject_id").is_null())
    return _judged(values, records, county)


def chosen(fields: pl.DataFrame) -> pl.DataFrame:
    """Return one row per object with the values chosen, one column per field, texts all."""
    taken = fields.filter("is_chosen")
    empty = [pl.lit(None, pl.String).alias(name) for name in OBJECT_FIELDS]
    wide = taken.pivot("field", index="object_id", values="value", maintain_order=True)
    return wide.with_columns(one for one in empty if one.meta.output_name() not in wide.columns)


def _labels(records: pl.DataFrame) -> pl.DataFrame:
    """Return `labels` of each object: the tags and types its records have, sorted."""
    labels = pl.concat(
        [
            records.select("object_no", label="tags").explode("label"),
            records.select("object_no", label=stated(pl.col("entity_type"))),
        ]
    )
    return labels.drop_nulls().unique().sort("object_no", "label").group_by("object_no").agg(labels="label")


def _starts(records: pl.DataFrame) -> pl.Series:
    """Return how the code of each record's object begins, or would begin; names tell where no code does."""
    free = records.filter(pl.col("uscc").is_null()).select("record", "uscc", "labels", name=plain(pl.col("name")))
    kind = object_kind(pl.col("uscc"), pl.col("labels"), pl.col("name"))
    told = free.with_columns(kind=kind).select("record", start=code_start(pl.lit(None), pl.col("kind"), pl.col("name")))
    found = records.join(told, on="record", how="left", maintain_order="left")
    return found.select(pl.coalesce("uscc", "start")).to_series()


def _values(records: pl.DataFrame, field: str, value: pl.Expr, **rank: pl.Expr) -> pl.DataFrame:
    """Return the records that have a value of a field, with what ranks them (`_RANK`)."""
    is_masked = value.str.contains("*", literal=True)
    return records.select(
        "object_no",
        "record",
        "age",
        field_no=pl.lit(OBJECT_FIELDS.index(field), pl.UInt32),
        value=value,
        is_masked=is_masked,
        **_NEUTRAL | rank,
    ).drop_nulls("value")


def _judged(values: pl.DataFrame, records: pl.DataFrame, county: County) -> pl.DataFrame:
    """Return the values as `ObjectFields` and `key`: the first of each object and field is taken, unless refused."""
    ranked = values.with_columns(key=_KEY).sort("key", *_RANK, "record")
    is_first = pl.col("key").ne_missing(pl.col("key").shift(1))
    ranked = ranked.with_columns(is_chosen=is_first & ~pl.col("is_refused"))
    taken = _first_of(ranked.filter("is_chosen"), "taken")
    compared = ranked.join(taken, on="key", how="left", maintain_order="left")
    others = compared.filter(~pl.col("is_refused"), pl.col("value") != pl.col("taken_value"))
    rivals = _first_of(others.unique("key", keep="first", maintain_order=True), "rival")
    compared = compared.join(rivals, on="key", how="left", maintain_order="left")
    compared = compared.with_columns(is_old_name=_is_old_name(compared, county))
    told = compared.with_columns(why=pl.when("is_chosen").then(_why_taken()).otherwise(_why_lost()))
    places = records.select("object_id", *PLACE)[told.get_column("record")]
    field = pl.col("field_no").replace_strict(dict(enumerate(OBJECT_FIELDS)), return_dtype=pl.String)
    why = pl.col("why").cast(pl.String)
    return pl.concat([places, told.select("key", "value", "is_chosen", why, field=field)], how="horizontal")


def _first_of(rows: pl.DataFrame, prefix: str) -> pl.DataFrame:
    return rows.select("key", pl.col("value", *_RANK).name.prefix(f"{prefix}_"))


def _is_old_name(compared: pl.DataFrame, county: County) -> pl.Series:
    """Tell which values are another name than the one taken; null where they are no names, or the one taken."""
    is_other = (pl.col("field_no") == OBJECT_FIELDS.index("name")) & (pl.col("value") != pl.col("taken_value"))
    names = compared.filter(is_other).select("record", "value", "taken_value")
    pairs = names.select("value", "taken_value").unique()
    old = pairs.filter(is_other_name(pairs, county, left="value", right="taken_value"))
    records = names.join(old, on=["value", "taken_value"], how="semi").get_column("record")
    return compared.select(pl.when(is_other).then(pl.col("record").is_in(records.implode()))).to_series()


def _why_taken() -> pl.Expr:
    of_registrar = ~pl.col("is_second") & pl.col("field_no").is_in(_OF_REGISTRAR)
    return (
        pl.when(pl.col("field_no") == OBJECT_FIELDS.index("uscc"))
        .then(_because(reasons.TRUSTED))
        .when(of_registrar)
        .then(_because(reasons.REGISTRAR))
        .when(pl.col("rival_value").is_null())
        .then(_because(reasons.ONLY))
        .otherwise(
            _first_difference(
                "rival",
                reasons.UNMASKED,
                reasons.LICENSER,
                reasons.MOST,
                reasons.NEWEST,
                reasons.CAUTIOUS,
                reasons.FIRST,
            )
        )
    )


def _why_lost() -> pl.Expr:
    is_code = pl.col("field_no") == OBJECT_FIELDS.index("uscc")
    second = pl.when(pl.col("field_no").is_in(_OF_PREMISES)).then(_because(reasons.NOT_LICENSER))
    return (
        pl.when("is_refused")
        .then(pl.when(is_code).then(_because(reasons.SUSPECT)).otherwise(_because(reasons.UNKNOWN_SUBJECT)))
        .when(pl.col("value") == pl.col("taken_value"))
        .then(_because(reasons.SAME))
        .when("is_old_name")
        .then(_because(reasons.OLD_NAME))
        .when(~pl.col("is_old_name"))
        .then(_because(reasons.SPELLING))
        .otherwise(
            _first_difference(
                "taken",
                reasons.MASKED,
                second.otherwise(_because(reasons.NOT_REGISTRAR)),
                reasons.FEWER,
                reasons.OLDER,
                reasons.LENIENT,
                reasons.LATER,
            )
        )
    )


def _because(reason: str) -> pl.Expr:
    return pl.lit(reason, _REASONS)


def _first_difference(other: str, *answers: str | pl.Expr) -> pl.Expr:
    """Return the answer that belongs to the first rank in which a row differs from another; the last one for none."""
    told = [_because(answer) if isinstance(answer, str) else answer for answer in answers]
    differs = [pl.col(rank) != pl.col(f"{other}_{rank}") for rank in _RANK[1:]]
    cases = [pl.when(differ).then(answer) for differ, answer in zip(differs, told, strict=False)]
    return pl.coalesce(*cases, told[-1])
