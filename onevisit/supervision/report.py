"""The report of the yearly review as one typed model; `html.py`, `paper.py` and `workbook.py` only lay it out.

Every number comes from the tables of scores, expectations and problems; what stands on the first page is chosen in
`summary.py`.
"""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from onevisit.county import County, Registry
from onevisit.errors import messages
from onevisit.supervision.background import Background
from onevisit.supervision.chapters import CHAPTERS, Told, method_chapter
from onevisit.supervision.grids import Chapter, Value, grid
from onevisit.supervision.measures import REGISTRY_TITLES, ROWS_OF, WHOLE_COUNTY, Measure
from onevisit.supervision.scores import counts_of, percent
from onevisit.supervision.summary import Figure, figures, findings, judged, requests
from onevisit.text import chinese_day


@dataclass(frozen=True, slots=True)
class DepartmentLine:
    """One department on one line of the overview."""

    department: str
    rows: dict[str, int]
    """Per registry."""
    last_year: int | None
    """Rows of 检查对象名录 a year ago, None when there were none."""
    met_count: int
    asked_count: int
    problem_count: int


@dataclass(frozen=True, slots=True)
class Cell:
    """A share in the table of a registry; `is_met` None where nothing was asked."""

    text: str
    is_met: bool | None


@dataclass(frozen=True, slots=True)
class Matrix:
    """One registry: a measure a column, a department a line."""

    title: str
    columns: tuple[str, ...]
    lines: tuple[tuple[str, tuple[Cell, ...]], ...]


@dataclass(frozen=True, slots=True)
class RankLine:
    """A department's place; scores in hundredths of a point, None where there is nothing to score."""

    rank: int | None
    department: str
    score: int
    parts: dict[str, int | None]
    row_count: int


@dataclass(frozen=True, slots=True)
class ProblemLine:
    """One problem, as the tables have it."""

    problem_id: str
    department: str
    registry: str
    rule: str
    file: str
    sheet: str
    row: int | None
    record: str
    row_count: int
    is_unmet: bool
    detail: str
    fix: str
    found_on: dt.date
    due_on: dt.date
    state: str
    owner: str
    """Who answered last, the name masked; 待指定 while nobody has."""


@dataclass(frozen=True, slots=True)
class ExpectationLine:
    """One expectation, as the tables have it."""

    suite: str
    department: str
    registry: str
    measure: str
    meaning: str
    threshold: float | None
    observed: float | None
    unexpected_count: int
    is_met: bool


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One measure explained: what is asked, what a row that fails means, what to do."""

    registry: str
    title: str
    about: str
    threshold: float
    own_thresholds: str
    wrong: str
    fix: str


@dataclass(frozen=True, slots=True)
class Report:
    """Everything the report says."""

    county: str
    year: int
    reviewed_on: dt.date
    is_demonstration: bool
    figures: tuple[Figure, ...]
    findings: tuple[str, ...]
    requests: tuple[str, ...]
    overview: tuple[DepartmentLine, ...]
    matrices: tuple[Matrix, ...]
    chapters: tuple[Chapter, ...]
    """What all four forms show."""
    ranking: tuple[RankLine, ...]
    formula: tuple[str, ...]
    problems: tuple[ProblemLine, ...]
    expectations: tuple[ExpectationLine, ...]
    rules: tuple[RuleLine, ...]

    @property
    def title(self) -> str:
        """Return the report's title."""
        return f"{self.county}{self.year}年“两库”建设维护情况督查报告"

    def problems_of(self, department: str) -> tuple[ProblemLine, ...]:
        """Return one department's problems, in order."""
        return tuple(line for line in self.problems if line.department == department)


def build_report(
    *,
    county: County,
    year: int,
    today: dt.date,
    measures: Sequence[Measure],
    scores: pl.DataFrame,
    expectations: pl.DataFrame,
    problems: pl.DataFrame,
    follow_ups: pl.DataFrame,
    objects: pl.DataFrame,
    around: Background,
    last_year: Mapping[str, int],
) -> Report:
    """Make the report of one year from its tables; `objects` is the frame of that grain in `records.py`."""
    overview = _overview(county, scores, expectations, problems, last_year)
    ranking, formula = _ranking(county, scores), _formula(county)
    told = Told(county, year, today, measures, scores, expectations, follow_ups, objects, around)
    return Report(
        county=county.name,
        year=year,
        reviewed_on=today,
        is_demonstration=county.demonstration is not None,
        figures=figures(scores, expectations, problems),
        findings=findings(expectations),
        requests=requests(expectations, problems),
        overview=overview,
        matrices=tuple(_matrix(registry, county, measures, scores, expectations) for registry in REGISTRY_TITLES),
        chapters=(
            _overview_chapter(overview),
            *(chapter(told) for chapter in CHAPTERS),
            _ranking_chapter(ranking, formula),
            method_chapter(told, _methods(county, today)),
        ),
        ranking=ranking,
        formula=formula,
        problems=problem_lines(problems, follow_ups),
        expectations=tuple(_expectation_line(row) for row in expectations.iter_rows(named=True)),
        rules=tuple(_rule_line(measure, county) for measure in measures),
    )


def _overview_chapter(overview: Sequence[DepartmentLine]) -> Chapter:
    total = sum(line.problem_count for line in overview)
    nobodys = sum(line.problem_count for line in overview if line.department == WHOLE_COUNTY)
    rows: list[list[Value]] = [
        [
            line.department,
            line.rows["objects"],
            line.last_year,
            line.rows["inspectors"],
            line.rows["items"],
            line.rows["plan"],
            f"{line.met_count}/{line.asked_count}",
            total if line.department == WHOLE_COUNTY else line.problem_count,
        ]
        for line in overview
    ]
    columns = [
        ("部门", 41), ("检查对象", 19), ("上年检查对象", 19), ("执法检查人员", 19), ("抽查事项", 14), ("年度计划", 14),
        ("达标指标", 14), ("待整改问题", 16),
    ]  # fmt: skip
    note = (
        f"检查对象、执法检查人员和年度计划按报送的行计。“全县”一行的行数和问题数为合计，其中{nobodys}条问题没有单一责任部门；"
        "指标数只算合并后的名录，以及全县合计是否达标。“—”表示没有上年数据。"
    )
    return Chapter("总体情况", (), (grid("各部门名录规模和问题数", columns, rows, note=note),))


def _ranking_chapter(ranking: Sequence[RankLine], formula: tuple[str, ...]) -> Chapter:
    rows: list[list[Value]] = [
        [
            "不排名" if line.rank is None else str(line.rank),
            line.department,
            points(line.score),
            *(points(part) for part in line.parts.values()),
            line.row_count,
        ]
        for line in ranking
    ]
    columns = [
        ("名次", 15), ("部门", 42), ("综合得分", 19), ("检查对象", 17), ("执法检查人员", 17), ("抽查事项", 15),
        ("年度计划", 15), ("检查对象行数", 16),
    ]  # fmt: skip
    return Chapter("部门排名", formula, (grid("部门得分和排名", columns, rows),))


def points(score: int | None) -> str:
    """Return a score in hundredths as points: 8735 -> 87.35."""
    return "—" if score is None else f"{score // 100}.{score % 100:02d}"


def _overview(
    county: County,
    scores: pl.DataFrame,
    expectations: pl.DataFrame,
    problems: pl.DataFrame,
    last_year: Mapping[str, int],
) -> tuple[DepartmentLine, ...]:
    asked = judged(expectations)
    return tuple(
        DepartmentLine(
            department=name,
            rows={registry: counts_of(scores, name, key)[1] for registry, key in ROWS_OF.items()},
            last_year=sum(last_year.values()) or None if name == WHOLE_COUNTY else last_year.get(name),
            met_count=asked.filter(pl.col("department") == name, pl.col("is_met")).height,
            asked_count=asked.filter(pl.col("department") == name).height,
            problem_count=problems.filter(pl.col("department") == name).height,
        )
        for name in (WHOLE_COUNTY, *county.department_names)
    )


def _matrix(
    registry: Registry, county: County, measures: Sequence[Measure], scores: pl.DataFrame, expectations: pl.DataFrame
) -> Matrix:
    own = [measure for measure in measures if measure.registry == registry]
    apart = [measure for measure in own if not measure.is_county_wide]
    is_met = {(row["department"], row["key"]): row["is_met"] for row in expectations.iter_rows(named=True)}
    ratios = {(row["department"], row["key"]): row["ratio"] for row in scores.iter_rows(named=True)}
    lines = tuple(
        (
            name,
            tuple(
                Cell(
                    percent(ratios[name, measure.key]),
                    is_met[name, measure.key] if ratios[name, measure.key] is not None else None,
                )
                for measure in apart
            ),
        )
        for name in (WHOLE_COUNTY, *county.department_names)
    )
    return Matrix(REGISTRY_TITLES[registry], tuple(measure.title for measure in apart), lines)


def _ranking(county: County, scores: pl.DataFrame) -> tuple[RankLine, ...]:
    scored = [_scored(county, scores, name) for name in county.department_names]
    # Only those with enough rows are ranked; equal scores share a place.
    ranked = [line for line in scored if line.row_count >= county.review.least_rows_for_rank]
    lines = [
        replace(line, rank=1 + sum(other.score > line.score for other in ranked) if line in ranked else None)
        for line in scored
    ]
    return tuple(sorted(lines, key=lambda line: (line.rank is None, line.rank or 0, -line.score)))


def _scored(county: County, scores: pl.DataFrame, department: str) -> RankLine:
    own = scores.filter(pl.col("department") == department)
    parts = {registry: _part(own.filter(pl.col("registry") == registry)) for registry in REGISTRY_TITLES}
    if parts["plan"] is None:
        del parts["plan"]
    weights = {registry: getattr(county.review.weights, registry) for registry in parts}
    total = sum(weights[registry] * (part or 0) for registry, part in parts.items())
    return RankLine(
        rank=None,
        department=department,
        score=total // (sum(weights.values()) or 1),
        parts={registry: parts.get(registry) for registry in REGISTRY_TITLES},
        row_count=counts_of(scores, department, ROWS_OF["objects"])[1],
    )


def _part(scores: pl.DataFrame) -> int | None:
    """Return the mean of a registry's shares in basis points, None when no row was looked at."""
    shares = [
        row["numerator"] * 10_000 // row["denominator"] for row in scores.iter_rows(named=True) if row["denominator"]
    ]
    return sum(shares) // len(shares) if shares else None


def _formula(county: County) -> tuple[str, ...]:
    weights = county.review.weights
    parts = " + ".join(
        f"{REGISTRY_TITLES[registry]}得分 × {getattr(weights, registry)}%" for registry in REGISTRY_TITLES
    )
    return (
        f"综合得分 = {parts}。",
        "名录库得分 = 该名录库各项指标合格率的平均数 × 100，没有数据行的指标不计；合格率和得分都舍去尾数，不进位。",
        "没有报送检查对象名录、执法检查人员名录的，该名录库得0分；没有报送年度计划的，计划不计分，其余权重按比例放大。",
        f"检查对象名录不足{county.review.least_rows_for_rank}行的部门，一行之差影响过大，只列得分，不排名。",
    )


def _rule_line(measure: Measure, county: County) -> RuleLine:
    message = messages("S")[measure.code]
    default = county.review.share(measure.registry, measure.name)
    own = {
        department.name: county.review.share(measure.registry, measure.name, department.key)
        for department in county.departments
    }
    return RuleLine(
        registry=REGISTRY_TITLES[measure.registry],
        title=measure.title,
        about=measure.about,
        threshold=default,
        own_thresholds="；".join(f"{name}{percent(share)}" for name, share in own.items() if share != default),
        wrong=re.sub(r"\{\w+\}", "……", message.zh),
        fix=message.fix_zh,
    )


def _methods(county: County, today: dt.date) -> tuple[str, ...]:
    rules = county.review
    return (
        f"数据截至{chinese_day(today)}，为各部门本年度报送并经本系统采用的数据行；退回的行计入“报送行采用”，不计入其他指标。",
        "“两库”按报送的数据行统计：同一对象被几个部门列管的，在各部门名录中分别计算；“全县”为各部门合计。"
        "合并名录的指标按合并后的对象统计，没有责任部门。",
        f"更新期限为报送截止日（上年12月31日）前{rules.stale_after_days}日；名录行数与设置的合理范围比较，"
        f"有上年数据的，增减超过{percent(rules.last_year_change)}的应说明。",
        "每项指标由两个程序各算一遍：得分由统计程序计算，是否达标由 Great Expectations 审查；"
        "两者不一致即为程序差错，由校验拦截。",
        f"具体问题逐条列出；同一部门同一类问题超过{rules.list_rows_up_to}处的合并为一条，写明数量和首批位置。"
        "未达标指标每项一条。",
        "报告和工作簿只写文件名、行号、记录编号和对象编号，不写姓名、身份证号、电话和执法证编号。",
    )


def masked_name(name: str) -> str:
    """Return a person's name as it may leave the department: 王**."""
    return f"{name[:1]}**" if name else ""


def problem_lines(problems: pl.DataFrame, follow_ups: pl.DataFrame) -> tuple[ProblemLine, ...]:
    """Return the problem list with what stands of each problem, in the order of `Problems`."""
    standing = {row["problem_id"]: row for row in follow_ups.iter_rows(named=True)}
    return tuple(_problem_line(row, standing[row["problem_id"]]) for row in problems.iter_rows(named=True))


def _problem_line(row: Mapping[str, Any], standing: Mapping[str, Any]) -> ProblemLine:
    fields: dict[str, Any] = {**row, **{name: row[name] or "" for name in ("file", "sheet", "record")}}
    fields["registry"] = REGISTRY_TITLES[row["registry"]]
    fields |= {name: standing[name] for name in ("found_on", "due_on", "state")}
    fields["owner"] = masked_name(standing["owner"] or "") or "待指定"
    return ProblemLine(**fields)


def _expectation_line(row: Mapping[str, Any]) -> ExpectationLine:
    fields: dict[str, Any] = {name: row[name] for name in ExpectationLine.__dataclass_fields__}
    fields["registry"] = REGISTRY_TITLES[row["registry"]]
    return ExpectationLine(**fields)
