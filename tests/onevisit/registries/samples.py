"""Filed rows for tests: only what a test is about is said, the rest has one plain value."""

import polars as pl

from onevisit.codes import organisation_check_character, registration_check_digit, uscc_check_character
from onevisit.county import County
from onevisit.filings.rows import PLACE, fields_of
from onevisit.registries.cells import listed
from onevisit.registries.crosswalk import crosswalk
from onevisit.registries.ids import ID_COLUMNS, RECORD_COLUMNS
from onevisit.registries.inspectors import inspector_sources
from onevisit.registries.judgements import rulings
from onevisit.registries.linkage import prepare
from onevisit.registries.tables import Judgements, ObjectSources
from onevisit.tables import conform, frame_of

MARKET = "县市场监管局"
HEALTH = "县卫生健康局"
TAX = "县税务局"
FARM = "县农业农村局"

NO_RULINGS = pl.DataFrame(schema={"left_key": pl.String, "right_key": pl.String, "is_same": pl.Boolean})
NONE_PUBLISHED = pl.DataFrame(schema={"record_key": pl.String, "object_id": pl.String})

Row = dict[str, str | None]

DEFAULTS = {
    "objects": {"name": "大英县云诚超市"},
    "inspectors": {
        "name": "李明",
        "item_codes": "SCJG-001",
        "certificate_no": "23510923000001",
        "certificate_valid_to": "2030-01-01",
        "status": "有效",
        "person_kind": "执法人员",
    },
    "experts": {"name": "王教授", "specialty": "旅馆", "status": "有效"},
    "items": {"item_name": "事项", "tier": "一般检查事项"},
    "credit": {"credit_class": "A"},
    "abnormal": {"reason": "未报年报"},
    "complaints": {"received_on": "2026-05-01", "category": "质量", "is_substantiated": "是"},
    "interests": {
        "person_name": "李明",
        "object_name": "大英县云诚超市",
        "relation": "近亲属任职",
        "declared_by": "本人申报",
    },
}


def filed(kind: str, *rows: dict[str, str | None]) -> pl.DataFrame:
    """Return a frame of filed rows of a kind; `department` may be said, rows are numbered from 2."""
    schema = {"department": pl.String, "file": pl.String, "sheet": pl.String, "row": pl.Int64}
    fields = dict.fromkeys(fields_of(kind), pl.String)
    base = {**dict.fromkeys(fields), **DEFAULTS[kind]}
    return pl.DataFrame(
        [
            {"department": MARKET, "file": f"{kind}.csv", "sheet": "", "row": number, **base, **row}
            for number, row in enumerate(rows, start=2)
        ],
        schema={**schema, **fields},
    ).sort(PLACE)


def objects(*rows: dict[str, str | None]) -> pl.DataFrame:
    return filed("objects", *rows)


def sources_of(filed: pl.DataFrame, county: County) -> pl.DataFrame:
    """Return the crosswalk of a first year in which nobody judged anything."""
    known = pl.DataFrame(schema=ID_COLUMNS), pl.DataFrame(schema=RECORD_COLUMNS)
    return crosswalk(filed, rulings(frame_of(Judgements, [])), *known, year=2027, county=county).sources


def people_of(filed: pl.DataFrame, county: County) -> pl.DataFrame:
    """Return the crosswalk of inspectors in a first year."""
    known = pl.DataFrame(schema=ID_COLUMNS), pl.DataFrame(schema=RECORD_COLUMNS)
    return inspector_sources(filed, county, *known, year=2027)[0]


def as_one(filed: pl.DataFrame, county: County, *ids: str) -> pl.DataFrame:
    """Return the crosswalk of rows whose object ids are said: one for all, or one per row as numbered.

    A credit code that is its object's id is trusted, any other is not.
    """
    by_row = ids * filed.height if len(ids) == 1 else ids
    rows = pl.DataFrame(
        {"row": range(2, len(by_row) + 2), "object_id": by_row}, schema={"row": pl.Int64, "object_id": pl.String}
    )
    known = (
        prepare(filed, county)
        .join(rows, on="row")
        .with_columns(
            is_code_trusted=pl.col("code") == pl.col("object_id"),
            tags=listed(pl.col("tags")),
            matched_by=pl.lit("alone"),
        )
    )
    return conform(ObjectSources, known.sort(PLACE))


def organisation(number: int) -> str:
    first8 = f"MA6{number:05d}"
    return first8 + organisation_check_character(first8)


def uscc(number: int, start: str = "92") -> str:
    """Return a valid credit code; the same number with another start holds the same organisation code."""
    first17 = f"{start}510923{organisation(number)}"
    return first17 + uscc_check_character(first17)


def registration(number: int) -> str:
    first14 = f"510923{number:08d}"
    return first14 + registration_check_digit(first14)


SHOP: Row = {
    "name": "大英县蓬莱镇云诚超市",
    "code": uscc(1),
    "address": "大英县蓬莱镇正街12号",
    "legal_rep": "唐琴",
    "phone": "13300000001",
    "opened_on": "2015-03-04",
}
