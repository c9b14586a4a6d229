"""The problem list: what each department must mend, where, and how.

Two sorts: an unmet expectation is one problem with its count and first places; a concrete defect
is a problem of its own, unless a department has so many of one sort that they become one counted
line. Nothing is left out without the line saying how many. No cell of a person's is ever quoted.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import polars as pl

from onevisit.county import County
from onevisit.errors import Message, messages
from onevisit.registries.object_kinds import THINGS
from onevisit.supervision.measures import WHOLE_COUNTY, Grain, Measure
from onevisit.supervision.records import PLACE
from onevisit.supervision.scores import percent
from onevisit.supervision.tables import REGISTRIES, Problems
from onevisit.tables import conform

REGISTRY_OF_KIND = {
    "objects": "objects",
    "credit": "objects",
    "abnormal": "objects",
    "complaints": "objects",
    "other_checks": "objects",
    "unknown": "objects",
    "inspectors": "inspectors",
    "experts": "inspectors",
    "interests": "inspectors",
    "rosters": "inspectors",
    "items": "items",
    "plan": "plan",
    "results": "plan",
}
DRIFT_CODES = {
    "not_on_record": "S201",
    "not_filed": "S202",
    "other_department": "S203",
    "name": "S204",
    "tier": "S205",
    "ratio": "S206",
    "qualification": "S207",
}
SIGNAL_TITLES = {"credit": "信用风险分类", "abnormal": "经营异常信息", "complaint": "投诉举报"}
FIRST_PLACES = 5

_DEFECT = {
    "department": pl.String,
    "registry": pl.String,
    "rule": pl.String,
    "sort": pl.String,
    "file": pl.String,
    "sheet": pl.String,
    "row": pl.Int64,
    "record": pl.String,
    "row_count": pl.Int64,
    "is_unmet": pl.Boolean,
    "detail": pl.String,
    "fix": pl.String,
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """Tables that name defects of their own."""

    filings_refused: pl.DataFrame
    drift: pl.DataFrame
    duplicates: pl.DataFrame
    objects: pl.DataFrame
    object_sources: pl.DataFrame
    interests: pl.DataFrame
    signals: pl.DataFrame
    plan_refused: pl.DataFrame
    conflicts: pl.DataFrame
    submitted: pl.DataFrame


def problems(
    frames: Mapping[Grain, pl.DataFrame],
    measures: Sequence[Measure],
    expectations: pl.DataFrame,
    evidence: Evidence,
    *,
    county: County,
) -> pl.DataFrame:
    """Return the table of problems: the whole county first, then the departments, unmet expectations first.

    Rows filed under a name that is no department of the county belong to the whole county.
    """
    unmet = _unmet(frames, measures, expectations)
    defects = pl.concat([*_failing_rows(frames, measures), *_named_defects(evidence)])
    known = [WHOLE_COUNTY, *county.department_names]
    defects = defects.with_columns(
        department=pl.when(pl.col("department").is_in(known)).then("department").otherwise(pl.lit(WHOLE_COUNTY))
    )
    shown = [measure.key for measure in measures]
    listed = pl.concat([unmet, _counted(defects, unmet, limit=county.review.list_rows_up_to)])
    ordered = listed.sort(
        pl.col("department").replace_strict(known, range(len(known)), return_dtype=pl.Int64),
        pl.col("registry").replace_strict(REGISTRIES, range(len(REGISTRIES)), return_dtype=pl.Int64),
        pl.col("is_unmet").not_(),
        pl.col("sort").replace_strict(shown, range(len(shown)), default=len(shown), return_dtype=pl.Int64),
        "sort",
        "file",
        "sheet",
        "row",
        "record",
        "detail",
    )
    return conform(Problems, ordered.with_columns(problem_id=_ids(ordered)))


def _unmet(
    frames: Mapping[Grain, pl.DataFrame], measures: Sequence[Measure], expectations: pl.DataFrame
) -> pl.DataFrame:
    by_key = {measure.key: measure for measure in measures}
    rows = [
        _unmet_row(expectation, by_key.get(expectation["key"]), frames)
        for expectation in expectations.filter(~pl.col("is_met")).iter_rows(named=True)
    ]
    return pl.DataFrame(rows, schema=_DEFECT)


def _unmet_row(
    expectation: Mapping[str, Any], measure: Measure | None, frames: Mapping[Grain, pl.DataFrame]
) -> dict[str, object]:
    common = {
        "department": expectation["department"],
        "registry": expectation["registry"],
        "rule": expectation["measure"],
        "sort": expectation["key"],
        "row_count": expectation["unexpected_count"],
        "is_unmet": True,
    }
    if measure is None:
        text = _message("S102")
        details = {"meaning": expectation["meaning"], "count": f"{expectation['unexpected_count']:,}"}
        return {**common, "detail": text.zh.format(**details), "fix": text.fix_zh}
    department = str(expectation["department"])
    frame = frames[measure.grain]
    looked_at = frame.filter(measure.looks_at)
    if department != WHOLE_COUNTY:
        looked_at = looked_at.filter(pl.col("department") == department)
    failing = looked_at.filter(~measure.passes)
    details = {
        "about": measure.about,
        "threshold": percent(expectation["threshold"]),
        "observed": percent(expectation["observed"]),
        "total": f"{looked_at.height:,}",
        "count": f"{failing.height:,}",
        "places": _most_concerned(failing) if department == WHOLE_COUNTY else _first_places(failing),
    }
    return {
        **common,
        "detail": _message("S101").zh.format(**details),
        "fix": _message(measure.code).fix_zh,
    }


def _failing_rows(frames: Mapping[Grain, pl.DataFrame], measures: Sequence[Measure]) -> Iterator[pl.DataFrame]:
    for measure in measures:
        if measure.is_defect:
            failing = frames[measure.grain].filter(measure.looks_at & ~measure.passes)
            yield _defects(failing, measure.code, registry=measure.registry, rule=measure.title, sort=measure.key)


def _named_defects(evidence: Evidence) -> Iterator[pl.DataFrame]:
    yield _refused_rows(evidence.filings_refused)
    yield from _drifted_items(evidence.drift)
    yield _possible_duplicates(evidence.duplicates)
    yield _things_alone(evidence.objects, evidence.object_sources)
    yield from _idle_interests(evidence.interests)
    yield _loose_signals(evidence.signals)
    yield _returned_plan_rows(evidence.plan_refused)
    yield _plan_conflicts(evidence.conflicts, evidence.submitted)


def _refused_rows(refused: pl.DataFrame) -> pl.DataFrame:
    # The value is left out: it may be a person's.
    return _told(
        refused.with_columns(
            registry=pl.col("kind").replace_strict(REGISTRY_OF_KIND),
            row=pl.when(pl.col("row") > 0).then("row"),
            record=pl.lit(None, pl.String),
            detail=pl.when(pl.col("column") != "")
            .then(pl.format("“{}”栏：{}", "column", "reason"))
            .otherwise(pl.col("reason")),
        ),
        rule="报送行采用",
    )


def _drifted_items(drift: pl.DataFrame) -> Iterator[pl.DataFrame]:
    placed = drift.with_columns(
        record=pl.col("item_code"),
        sheet=pl.lit(None, pl.String),
        filed=_or_none("filed"),
        recorded=_or_none("recorded"),
    )
    for kind, code in DRIFT_CODES.items():
        yield _defects(
            placed.filter(pl.col("problem") == kind), code, registry="items", rule="与省级清单一致", sort=code
        )


def _possible_duplicates(duplicates: pl.DataFrame) -> pl.DataFrame:
    """Return each pair at the row that is in doubt: the one of the department that is asked."""
    is_left = pl.col("department") == pl.col("left_department")

    def own(column: str) -> pl.Expr:
        return pl.when(is_left).then(f"left_{column}").otherwise(f"right_{column}")

    pairs = duplicates.with_columns(
        *(own(column).alias(column) for column in ("file", "sheet", "row")),
        record=own("id"),
        other=pl.when(is_left).then("right_name").otherwise("left_name"),
    )
    return _defects(pairs, "S210", registry="objects", rule="无疑似重复", sort="S210")


def _things_alone(objects: pl.DataFrame, sources: pl.DataFrame) -> pl.DataFrame:
    """Return each product, project and conduct nobody answers for, at every row that lists it."""
    alone = objects.filter(pl.col("object_kind").is_in(THINGS), pl.col("subject_id").is_null())
    listed = sources.select("object_id", "department", "file", "sheet", "row", record="source_id")
    placed = alone.select("object_id", "object_kind", "name").join(listed, on="object_id")
    return _defects(placed, "S060", registry="objects", rule="客体有责任主体", sort="S060")


def _idle_interests(interests: pl.DataFrame) -> Iterator[pl.DataFrame]:
    placed = interests.with_columns(record=pl.lit(None, pl.String), sheet=pl.lit(None, pl.String))
    nobody = pl.col("person_id").is_null() & pl.col("expert_id").is_null()
    for code, is_idle in (("S211", nobody), ("S212", pl.col("object_id").is_null())):
        yield _defects(placed.filter(is_idle), code, registry="inspectors", rule="利害关系申报有效", sort=code)


def _loose_signals(signals: pl.DataFrame) -> pl.DataFrame:
    loose = signals.filter(pl.col("object_id").is_null()).with_columns(
        record=pl.lit(None, pl.String),
        sheet=pl.lit(None, pl.String),
        kind_zh=pl.col("kind").replace_strict(SIGNAL_TITLES),
    )
    return _defects(loose, "S213", registry="objects", rule="信用和投诉信息对应", sort="S213")


def _returned_plan_rows(refused: pl.DataFrame) -> pl.DataFrame:
    placed = refused.with_columns(
        registry=pl.lit("plan"), record=pl.col("plan_row_id").replace("", None), detail=pl.col("reason")
    )
    return _told(placed, rule="计划行通过审核")


def _plan_conflicts(conflicts: pl.DataFrame, submitted: pl.DataFrame) -> pl.DataFrame:
    places = submitted.select("plan_row_id", "file", "sheet", "row")
    placed = conflicts.join(places, on="plan_row_id", how="left").with_columns(
        registry=pl.lit("plan"), record=pl.col("plan_row_id"), detail=pl.col("reason")
    )
    return _told(placed, rule="配合事项无冲突")


def _told(rows: pl.DataFrame, *, rule: str) -> pl.DataFrame:
    """Return defects whose table tells reason and fix itself: code, detail, fix."""
    return rows.select(
        "department",
        "registry",
        pl.lit(rule).alias("rule"),
        pl.col("code").alias("sort"),
        "file",
        "sheet",
        pl.col("row").cast(pl.Int64),
        "record",
        pl.lit(1, pl.Int64).alias("row_count"),
        pl.lit(False).alias("is_unmet"),
        "detail",
        "fix",
    )


def _defects(rows: pl.DataFrame, code: str, *, registry: str, rule: str, sort: str) -> pl.DataFrame:
    """Return one defect per row, its text made from the code's message and the row's columns."""
    message = _message(code)
    return _told(
        rows.with_columns(
            code=pl.lit(sort), registry=pl.lit(registry), detail=_filled_in(message.zh), fix=_filled_in(message.fix_zh)
        ),
        rule=rule,
    )


def _counted(defects: pl.DataFrame, unmet: pl.DataFrame, *, limit: int) -> pl.DataFrame:
    """Return the defects, those beyond the limit as one line; none where an unmet expectation already counts them."""
    group = ["department", "registry", "rule", "sort"]
    size = pl.len().over(group)
    few = defects.filter(size <= limit)
    many = defects.filter(size > limit).join(unmet, on=group, how="anti")
    lines = [_line(rows, limit=limit) for rows in many.partition_by(group, maintain_order=True)]
    return pl.concat([few, pl.DataFrame(lines, schema=_DEFECT)])


def _line(rows: pl.DataFrame, *, limit: int) -> dict[str, object]:
    first = rows.sort("file", "sheet", "row", "record", "detail").row(0, named=True)
    places = _first_places(rows)
    text = _message("S103").zh.format(count=f"{rows.height:,}", limit=limit, detail=first["detail"], places=places)
    nowhere = {"file": None, "sheet": None, "row": None, "record": None}
    return {**first, **nowhere, "row_count": rows.height, "detail": text}


def _first_places(rows: pl.DataFrame) -> str:
    """Return where the first failing rows are: file and row numbers, or records where there is no file."""
    placed = rows.drop_nulls("file").unique(["file", "sheet", "row"]).sort("file", "sheet", "row").head(FIRST_PLACES)
    if placed.is_empty():
        names = rows.drop_nulls("record")["record"].unique().sort().head(FIRST_PLACES).to_list()
    else:
        files = placed.group_by("file", "sheet", maintain_order=True)
        names = [_place(file, sheet, group["row"].drop_nulls().to_list()) for (file, sheet), group in files]
    return f"首批：{'；'.join(names)}。" if names else ""


def _place(file: object, sheet: object, rows: Sequence[int]) -> str:
    where = f"{file}〔{sheet}〕" if sheet else f"{file}"
    return f"{where}第{'、'.join(map(str, rows))}行" if rows else where


def _most_concerned(rows: pl.DataFrame) -> str:
    counts = (
        rows.drop_nulls("department")
        .group_by("department")
        .len()
        .sort("len", "department", descending=[True, False])
        .head(3)
    )
    return f"最多的是：{'、'.join(f'{name}{rows:,}行' for name, rows in counts.iter_rows())}。" if counts.height else ""


def _ids(ordered: pl.DataFrame) -> pl.Series:
    """Return ids made of what a problem is about, so that mending one moves no other."""
    taken: dict[str, count[int]] = {}
    ids: list[str] = []
    for row in ordered.select("department", "registry", "sort", "is_unmet", *PLACE[1:]).iter_rows():
        *group, file, sheet, number, record = row
        about = [record] if record else [file, sheet, number]
        digest = hashlib.sha256("|".join(map(str, [*group, *about])).encode()).hexdigest()[:10].upper()
        ordinal = next(taken.setdefault(digest, count(1)))
        ids.append(f"S-{digest}" if ordinal == 1 else f"S-{digest}-{ordinal}")
    return pl.Series(ids, dtype=pl.String)


def _message(code: str) -> Message:
    return messages("S")[code]


def _filled_in(template: str) -> pl.Expr:
    """Return a message template as an expression over the columns it names."""
    columns = re.findall(r"\{(\w+)\}", template)
    texts = [pl.col(name).cast(pl.String).fill_null("（空）") for name in columns]
    return pl.format(re.sub(r"\{\w+\}", "{}", template), *texts) if columns else pl.lit(template)


def _or_none(column: str) -> pl.Expr:
    return pl.col(column).replace("", None)
