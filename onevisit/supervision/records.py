"""The rows the yearly review looks at, one small frame per grain, with nothing personal in them.

Whether a personal cell is filled, and the shape of a phone number, is all that leaves this module.
Every frame has the place of a row (department, file, sheet, row, record) and then the columns that
`measures.py` asks about; an empty cell is null.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from onevisit.plan.scope import WHOLE_LIST
from onevisit.registries.object_kinds import THINGS
from onevisit.registries.states import LIVING
from onevisit.supervision.measures import Grain
from onevisit.text import fold, parse_date

PLACE = ("department", "file", "sheet", "row", "record")
FILED_KINDS: dict[Grain, tuple[str, ...]] = {
    "filed_objects": ("objects",),
    "filed_inspectors": ("inspectors", "experts"),
    "filed_items": ("items",),
}
UNREADABLE = -1_000_000
"""Days of a date that cannot be read: outside every range."""


@dataclass(frozen=True, slots=True)
class Registers:
    """What was filed and built in a year, as the warehouse holds it."""

    filed: pl.DataFrame
    """Kept rows of 检查对象名录: department, file, sheet, row and the fields as text."""
    accounting: pl.DataFrame
    objects: pl.DataFrame
    object_sources: pl.DataFrame
    duplicates: pl.DataFrame
    inspectors: pl.DataFrame
    inspector_sources: pl.DataFrame
    items: pl.DataFrame
    drift: pl.DataFrame
    submitted: pl.DataFrame
    plan_refused: pl.DataFrame
    conflicts: pl.DataFrame


def records(registers: Registers, *, today: dt.date, due: dt.date = dt.date.max) -> Mapping[Grain, pl.DataFrame]:
    """Return the frame of every grain, in the order of the places.

    Lists are fresh or stale as of the day they were due, if that is past: what was in time then does
    not turn stale by reviewing late.
    """
    objects = _object_rows(registers, today, due)
    filed: dict[Grain, pl.DataFrame] = {
        grain: _filed_rows(registers.accounting, kinds) for grain, kinds in FILED_KINDS.items()
    }
    return {
        "objects": objects,
        "subjects": objects.filter(~pl.col("is_thing")),
        "register": _register_rows(registers),
        "inspectors": _inspector_rows(registers, today),
        "items": _item_rows(registers, objects),
        "plan": _plan_rows(registers),
        **filed,
    }


def _filed_rows(accounting: pl.DataFrame, kinds: tuple[str, ...]) -> pl.DataFrame:
    """Return one row per data row read, kept or refused; which row it was stands in the problem list."""
    counts = accounting.filter(pl.col("kind").is_in(kinds))
    outcomes = [
        counts.select("department", "file", "sheet", count=pl.col(column), outcome=pl.lit(outcome))
        for column, outcome in (("kept_count", "采用"), ("refused_count", "退回"))
    ]
    return (
        pl.concat(outcomes)
        .filter(pl.col("count") > 0)
        .select(
            "department",
            "file",
            "sheet",
            pl.lit(None, pl.Int64).alias("row"),
            pl.lit(None, pl.String).alias("record"),
            pl.col("outcome").repeat_by("count"),
        )
        .explode("outcome")
        .sort("department", "file", "sheet", "outcome")
    )


def _object_rows(registers: Registers, today: dt.date, due: dt.date) -> pl.DataFrame:
    row_key = ["department", "file", "sheet", "row"]
    filled = registers.filed.select(
        *row_key,
        address=_filled("address"),
        legal_rep=_filled("legal_rep"),
        phone=_shape(_text("phone")),
        town_filed=_text("town"),
        opened_days=_days_before(registers.filed, "opened_on", today),
        updated_days=_days_before(registers.filed, "updated_on", min(today, due)),
    )
    registered = registers.objects.select(
        "object_id", "is_living", is_thing=pl.col("object_kind").is_in(THINGS), register_state="state"
    )
    rows = (
        registers.object_sources.join(filled, on=row_key, how="left")
        .join(registered, on="object_id", how="left")
        .sort(row_key)
        .with_columns(
            record=pl.col("source_id"),
            code_kind=pl.when(pl.col("code_kind") != "none").then("code_kind"),
            tag_count=pl.col("tags").list.len().cast(pl.Int64),
            registered_state=pl.when(pl.col("state") == "存续").then("register_state"),
            is_thing=pl.col("is_thing").fill_null(value=False),
            repeat=pl.int_range(1, pl.len() + 1).over("department", "object_id"),
            twin=_first_place().over("department", "object_id"),
        )
    )
    return rows.with_columns(item_count=_items_of_rows(rows, registers.items)).select(
        *PLACE,
        "object_id",
        "source_id",
        "name",
        "code_kind",
        "address",
        "legal_rep",
        "phone",
        "opened_days",
        "updated_days",
        "town",
        "town_filed",
        "tags",
        "tag_count",
        "registered_state",
        "is_living",
        "is_thing",
        "repeat",
        "twin",
        "item_count",
    )


def _items_of_rows(rows: pl.DataFrame, items: pl.DataFrame) -> pl.Series:
    """Return per row how many items of its department name one of its tags; null when the object is not living."""
    tags = items.select("department", "item_code", tag="tags").explode("tag").drop_nulls("tag")
    reaching_all = tags.filter(pl.col("tag") == WHOLE_LIST).group_by("department").agg(all_count=pl.len())
    named = (
        rows.with_row_index("position")
        .select("position", "department", tag="tags")
        .explode("tag")
        .join(tags.filter(pl.col("tag") != WHOLE_LIST), on=["department", "tag"])
        .group_by("position")
        .agg(named_count=pl.col("item_code").n_unique())
    )
    counted = (
        rows.with_row_index("position")
        .join(named, on="position", how="left")
        .join(reaching_all, on="department", how="left")
        .sort("position")
    )
    by_list = pl.when(~pl.col("is_thing")).then("all_count")
    total = pl.col("named_count").fill_null(0).cast(pl.Int64) + by_list.fill_null(0).cast(pl.Int64)
    return counted.select(item_count=pl.when("is_living").then(total))["item_count"]


def _register_rows(registers: Registers) -> pl.DataFrame:
    pairs = pl.concat([registers.duplicates.select(object_id=side) for side in ("left_id", "right_id")]).group_by(
        "object_id"
    )
    return (
        registers.objects.join(pairs.agg(review_count=pl.len().cast(pl.Int64)), on="object_id", how="left")
        .sort("object_id")
        .select(
            department=pl.lit(None, pl.String),
            file=pl.lit(None, pl.String),
            sheet=pl.lit(None, pl.String),
            row=pl.lit(None, pl.Int64),
            record=pl.col("object_id"),
            uscc=pl.col("uscc"),
            town=pl.col("town"),
            # Whose place a successor took has left too, whatever its last list says.
            state=pl.when(~pl.col("is_living") & (pl.col("state") == LIVING)).then(pl.lit("已接续")).otherwise("state"),
            review_count=pl.col("review_count").fill_null(0),
            credit_class=pl.when("is_living").then("credit_class"),
        )
    )


def _inspector_rows(registers: Registers, today: dt.date) -> pl.DataFrame:
    people = registers.inspectors.select(
        "person_id", "person_kind", "certificate_no", "certificate_valid_to", "is_eligible"
    )
    is_officer = pl.col("person_kind") == "执法人员"
    has_certificate = pl.col("certificate_no").is_not_null() & pl.col("certificate_valid_to").is_not_null()
    return (
        registers.inspector_sources.join(people, on="person_id", how="left")
        .sort("department", "file", "sheet", "row")
        .select(
            "department",
            "file",
            "sheet",
            "row",
            "source_id",
            "person_id",
            "item_codes",
            "is_eligible",
            record=pl.col("source_id"),
            certificate=pl.when(is_officer).then(
                pl.when(has_certificate).then(pl.lit("已填报")).otherwise(pl.lit("未填报"))
            ),
            days_left=pl.when(is_officer).then((pl.col("certificate_valid_to") - today).dt.total_days()),
            item_count=pl.col("item_codes").list.len().cast(pl.Int64),
            eligible=pl.when(is_officer).then(_yes("is_eligible", "是", "否")),
            repeat=pl.int_range(1, pl.len() + 1).over("department", "person_id"),
            twin=_first_place().over("department", "person_id"),
            days_over=(today - pl.col("certificate_valid_to")).dt.total_days(),
        )
        .select(*PLACE, pl.exclude(PLACE))
    )


def _item_rows(registers: Registers, objects: pl.DataFrame) -> pl.DataFrame:
    drift = registers.drift.group_by("department", "item_code").agg(
        drift_count=pl.len().cast(pl.Int64), file=pl.col("file").drop_nulls().first(), row=pl.col("row").min()
    )
    listed = registers.items.select(
        "department", "item_code", "tags", "qualification", guide=_yes("has_guide", "有", "无")
    )
    return (
        listed.join(drift, on=["department", "item_code"], how="full", coalesce=True)
        .join(_people_of_items(registers), on=["department", "item_code"], how="left")
        .join(_objects_of_items(registers.items, objects), on=["department", "item_code"], how="left")
        .sort("department", "item_code")
        .select(
            "department",
            "file",
            pl.lit(None, pl.String).alias("sheet"),
            pl.col("row").cast(pl.Int64),
            record=pl.col("item_code"),
            qualification=pl.col("qualification"),
            drift_count=pl.col("drift_count").fill_null(0),
            guide=pl.col("guide"),
            # An item that is not on the record has no tags: it is drift, and nothing else is asked of it.
            object_count=pl.when(pl.col("tags").is_not_null()).then(pl.col("object_count").fill_null(0)),
            eligible_count=pl.when(pl.col("tags").is_not_null()).then(pl.col("eligible_count").fill_null(0)),
            specialist_count=pl.when(pl.col("qualification").is_not_null()).then(
                pl.col("specialist_count").fill_null(0)
            ),
        )
    )


def _people_of_items(registers: Registers) -> pl.DataFrame:
    """Return per item how many people its department can send, and how many of them hold its qualification."""
    wanted = registers.items.select("department", "item_code", "qualification")
    eligible = registers.inspectors.filter("is_eligible").select("person_id", held="qualifications")
    return (
        registers.inspector_sources.select("department", "person_id", item_code="item_codes")
        .explode("item_code")
        .join(eligible, on="person_id")
        .join(wanted, on=["department", "item_code"])
        .group_by("department", "item_code")
        .agg(
            eligible_count=pl.col("person_id").n_unique().cast(pl.Int64),
            specialist_count=pl.col("person_id")
            .filter(pl.col("held").list.contains(pl.col("qualification")))
            .n_unique()
            .cast(pl.Int64),
        )
    )


def _objects_of_items(items: pl.DataFrame, objects: pl.DataFrame) -> pl.DataFrame:
    """Return per item how many living objects of its department's list carry one of its tags."""
    tagged = objects.filter("is_living").select("department", "object_id", tag="tags").explode("tag")
    everything = objects.filter("is_living", ~pl.col("is_thing")).select(
        "department", "object_id", tag=pl.lit(WHOLE_LIST)
    )
    return (
        items.select("department", "item_code", tag="tags")
        .explode("tag")
        .join(pl.concat([tagged, everything]).drop_nulls("tag").unique(), on=["department", "tag"])
        .group_by("department", "item_code")
        .agg(object_count=pl.col("object_id").n_unique().cast(pl.Int64))
    )


def _plan_rows(registers: Registers) -> pl.DataFrame:
    place = ["department", "file", "sheet", "row"]
    refused = registers.plan_refused.unique(place, keep="first", maintain_order=True)
    conflicts = registers.conflicts.group_by("plan_row_id").agg(conflict_count=pl.len().cast(pl.Int64))
    standing = registers.submitted.join(conflicts, on="plan_row_id", how="left").select(
        *place,
        record="plan_row_id",
        standing=pl.lit("通过"),
        conflict_count=pl.col("conflict_count").fill_null(0),
    )
    returned = refused.join(standing, on=place, how="anti").select(
        *place,
        record=pl.col("plan_row_id").replace("", None),
        standing=pl.lit("退回"),
        conflict_count=pl.lit(None, pl.Int64),
    )
    return pl.concat([standing, returned]).sort(place)


def _text(column: str) -> pl.Expr:
    return pl.col(column).str.strip_chars().replace("", None)


def _first_place() -> pl.Expr:
    return pl.format("{}第{}行", "file", "row").first()


def _filled(column: str) -> pl.Expr:
    return pl.when(_text(column).is_not_null()).then(pl.lit("已填报"))


def _yes(column: str, yes: str, no: str) -> pl.Expr:
    return pl.when(column).then(pl.lit(yes)).otherwise(pl.lit(no))


def _shape(phone: pl.Expr) -> pl.Expr:
    """Return a phone number with every digit but its first hidden: all that its form needs."""
    first = phone.str.normalize("NFKC").str.replace_all(r"\s", "")
    return first.str.slice(0, 1) + first.str.slice(1).str.replace_all(r"\d", "*")


def _days_before(frame: pl.DataFrame, column: str, today: dt.date) -> pl.Series:
    """Return how many days before today each date lies; each spelling is read once."""
    texts = frame.select(_text(column)).to_series()
    spellings = texts.drop_nulls().unique().to_list()
    days = [_days(spelling, today) for spelling in spellings]
    return texts.replace_strict(spellings, days, return_dtype=pl.Int64, default=None)


def _days(text: str, today: dt.date) -> int | None:
    if not fold(text):
        return None
    try:
        on = parse_date(text)
    except ValueError:
        return UNREADABLE
    return (today - on).days if on else None
