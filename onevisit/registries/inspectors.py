"""The register of inspectors (执法检查人员名录库): one row per person (policy III.3.2).

Which rows are one person is decided in `people.py`, what the person is called in `ids.py`; here the
rows of one person become one.
"""

import datetime as dt
from collections.abc import Set

import polars as pl

from onevisit.county import County
from onevisit.errors import RefusedError, problem
from onevisit.registries.cells import dated, listed, stated
from onevisit.registries.ids import Identified, assign_ids, numbered
from onevisit.registries.names import plain
from onevisit.registries.people import people
from onevisit.registries.records import record_keys
from onevisit.registries.tables import Inspectors, InspectorSources
from onevisit.tables import conform

KIND_OF_WORD = {
    "执法人员": "执法人员",
    "行政执法人员": "执法人员",
    "行政执法类公务员": "执法人员",
    "具有行政执法资格的工作人员": "执法人员",
    "有执法资格工作人员": "执法人员",
    "日常监管人员": "日常监管人员",
    "从事日常监管工作的人员": "日常监管人员",
    "专家": "专家",
}
"""The groups of policy III.3.2 by the word filed; an empty cell is 日常监管人员, who cannot go alone."""
KINDS = ["执法人员", "日常监管人员", "专家"]
"""A person listed as several is the first of these."""


def inspector_sources(
    filed: pl.DataFrame,
    county: County,
    known_ids: pl.DataFrame,
    known_records: pl.DataFrame,
    *,
    year: int,
    taken: Set[str] = frozenset(),
) -> tuple[pl.DataFrame, Identified]:
    """Return the crosswalk, every filed inspector row with the person it belongs to, and the register of their ids.

    `known_ids` and `known_records` are the id register so far, `taken` ids outside it (`assign_ids`). A
    person is found again by the departments' rows alone: ID numbers and phones are kept as digests of
    which every year has others. New persons are numbered on from P-0001.
    """
    rows = people(record_keys(filed, county))
    members = rows.select("record_key", "cluster", identity=pl.lit(None, pl.String))
    found = assign_ids(members, known_ids, known_records, year=year, mint=numbered("P"), taken=taken)
    named = rows.join(found.assigned.rename({"id": "person_id"}), on="cluster").with_columns(
        item_codes=listed(pl.col("item_codes").str.to_uppercase()), qualifications=listed(pl.col("qualifications"))
    )
    return conform(InspectorSources, named.sort("department", "file", "sheet", "row")), found


def inspectors(filed: pl.DataFrame, sources: pl.DataFrame, *, year: int, retirement_age: int) -> pl.DataFrame:
    """Return one row per person, and whether the person counts towards a team in the year.

    A person whose rows differ has the certificate that is valid longest and everything that hinders:
    one list that says 失效, one reason of absence are enough. Who reaches the retirement age in the
    year is not eligible.
    """
    place = ["department", "file", "sheet", "row"]
    values = filed.drop("item_codes", "qualifications", "source_id").with_columns(
        certificate_valid_to=dated(pl.col("certificate_valid_to")),
        certificate_no=stated(pl.col("certificate_no")).str.replace_all(r"\s", ""),
        unavailability=stated(pl.col("unavailability")),
        birth_year=pl.col("birth_year").cast(pl.Int64),
        rank=_person_kind(filed),
    )
    rows = sources.join(values, on=place).sort("person_id", *place)
    by_validity = rows.sort(
        "person_id", pl.col("certificate_no").is_null(), "certificate_valid_to", "certificate_no", *place,
        descending=[False, False, True, False, False, False, False, False], nulls_last=True,
    ).unique("person_id", keep="first", maintain_order=True)  # fmt: skip
    merged = rows.group_by("person_id", maintain_order=True).agg(
        person_key=pl.col("person_key").drop_nulls().first(),
        name=pl.col("name").first(),
        departments=pl.col("department").unique().sort(),
        person_kind=pl.col("rank").min(),
        qualifications=pl.col("qualifications").explode().drop_nulls().unique().sort(),
        item_codes=pl.col("item_codes").explode().drop_nulls().unique().sort(),
        birth_year=pl.col("birth_year").drop_nulls().first(),
        phone_key=pl.col("phone_key").drop_nulls().first(),
        is_valid=(plain(pl.col("status")) == "有效").fill_null(False).all(),
        absences=pl.col("unavailability").drop_nulls().unique().sort(),
    )
    certified = merged.join(by_validity.select("person_id", "certificate_no", "certificate_valid_to"), on="person_id")
    return conform(
        Inspectors,
        certified.with_columns(
            person_kind=pl.col("person_kind").replace_strict(list(range(len(KINDS))), KINDS, return_dtype=pl.String),
            unavailability=pl.when(pl.col("absences").list.len() > 0).then(pl.col("absences").list.join("、")),
        )
        .with_columns(is_eligible=_is_eligible(year, retirement_age))
        .sort("person_id"),
    )


def sendable(inspectors: pl.DataFrame, sources: pl.DataFrame) -> pl.DataFrame:
    """Return who may be sent, once per department that lists the person.

    Columns department, person_id, certificate_no, certificate_valid_to, scope, qualifications. What a person
    may check for a department (scope) is what that department's own list says. Two people with one
    certificate number cannot be told apart, and neither is sent.
    """
    listed = (
        sources.explode("item_codes", empty_as_null=True)
        .group_by("person_id", "department")
        .agg(scope=pl.col("item_codes").drop_nulls())
    )
    known = pl.col("certificate_no").is_not_null() & pl.col("certificate_valid_to").is_not_null()
    return (
        inspectors.filter(pl.col("is_eligible") & known)
        .filter(pl.col("certificate_no").is_unique())
        .join(listed, on="person_id")
        .select("department", "person_id", "certificate_no", "certificate_valid_to", "scope", "qualifications")
    )


def _person_kind(filed: pl.DataFrame) -> pl.Series:
    """Return each row's place in `KINDS`.

    Raises RefusedError (R001) for words nobody knows: who may go out must not be guessed.
    """
    words = filed.select(stated(pl.col("person_kind")).fill_null("日常监管人员")).to_series()
    unknown = filed.with_columns(word=words).filter(~pl.col("word").is_in(list(KIND_OF_WORD)))
    if unknown.height:
        raise RefusedError(
            problem(
                "R001", file=f"{department}/{file}", sheet=sheet, row=row, value=word, known="、".join(KIND_OF_WORD)
            )
            for department, file, sheet, row, word in unknown.select(
                "department", "file", "sheet", "row", "word"
            ).rows()
        )
    ranks = [KINDS.index(kind) for kind in KIND_OF_WORD.values()]
    return words.replace_strict(list(KIND_OF_WORD), ranks, return_dtype=pl.Int64)


def _is_eligible(year: int, retirement_age: int) -> pl.Expr:
    return (
        (pl.col("person_kind") == "执法人员")
        & pl.col("is_valid")
        & pl.col("certificate_no").is_not_null()
        & (pl.col("certificate_valid_to") >= dt.date(year, 1, 1)).fill_null(False)
        & pl.col("unavailability").is_null()
        & (year - pl.col("birth_year") < retirement_age).fill_null(True)
    )
