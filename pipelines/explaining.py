"""Why records are one object, or not: read from the exported tables, told in Chinese.

Nothing is linked anew: the points are those of the last run, the records those that were filed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.table import Table as Grid

from assets.filings import department_keys
from assets.folders import Folders
from onevisit.codes import masked_phone
from onevisit.county import County
from onevisit.errors import RefusedError, problem
from onevisit.filings.rows import rows_of
from onevisit.registries.explanation import Comparison, between, likely, percent, points_of, waterfall
from onevisit.registries.judgements import WORDS, in_effect, pair_of
from onevisit.registries.linkage import MERGE, prepare
from onevisit.registries.subjects import with_own_codes
from onevisit.registries.tables import (
    DuplicatesToReview,
    Judgements,
    LinkageWeights,
    ObjectFields,
    ObjectIds,
    Objects,
    ObjectSources,
    Successors,
)
from onevisit.registries.weights import Points
from onevisit.tables import columns_of
from pipelines.summary import exported

MATCHED_BY = {"code": "代码相同", "score": "各项比较", "judgement": "人工判断", "alone": "只有这一条"}
_REASONS_SHOWN = 3
"""Of a record's strongest tie, the reasons that count most."""


@dataclass(frozen=True, slots=True)
class Register:
    """What explaining reads: the crosswalk, the prepared records in its order of numbers, and the points."""

    sources: pl.DataFrame
    records: pl.DataFrame
    points: Points


def explain_object(console: Console, folders: Folders, county: County, year: int, object_id: str) -> None:
    """Tell which records an object is made of and what ties each to the others, and where every value comes from.

    Raises RefusedError R060 when no run has exported the register, R061 when nothing is called so.
    """
    register = _register(folders, county, year)
    known = _current_id(folders, year, object_id)
    members = register.sources.filter(pl.col("object_id") == known).sort("record_key")
    if members.is_empty():
        raise RefusedError([problem("R061", value=object_id)])
    if known != object_id:
        console.print(f"{object_id} 已并入 {known}")
    console.print(_heading(folders, year, known), markup=False)
    console.print(_members(register, members))
    console.print(_values(folders, year, known))
    for line in _kin(folders, year, known):
        console.print(line, markup=False)


def explain_pair(console: Console, folders: Folders, county: County, year: int, names: tuple[str, str]) -> None:
    """Tell why two records, or two objects by their likeliest records, are one object or not.

    Raises RefusedError R060 when no run has exported the register, R061 when nothing is called so, R062 when
    both are one record.
    """
    register = _register(folders, county, year)
    one, other = (_numbers(register, folders, year, name) for name in names)
    found = between(register.records, one, other, register.points)
    if not found:
        raise RefusedError([problem("R062", value=names[0])])
    best = found[0]
    keys = register.records.get_column("record_key")
    console.print(f"{keys[best.left]}  与  {keys[best.right]}", markup=False)
    console.print(waterfall(best.reasons), markup=False, soft_wrap=True)
    console.print(_verdict(register, folders, year, best), markup=False, soft_wrap=True)


def _register(folders: Folders, county: County, year: int) -> Register:
    sources = exported(folders, ObjectSources, year)
    if sources.is_empty():
        raise RefusedError([problem("R060", value=str(year))])
    paths = [folders.exports(year) / f"{'.'.join(key.path)}.parquet" for key in department_keys(county)]
    filed = with_own_codes(rows_of("objects", [pl.read_parquet(path) for path in paths if path.exists()]))
    points = points_of(exported(folders, LinkageWeights, year))
    return Register(sources, prepare(filed, county), points)


def _current_id(folders: Folders, year: int, object_id: str) -> str:
    """Return the id an object has now: ids that were merged into others still name it."""
    merged = exported(folders, ObjectIds, year).filter(
        pl.col("object_id") == object_id, pl.col("merged_into").is_not_null()
    )
    return object_id if merged.is_empty() else str(merged["merged_into"][0])


def _numbers(register: Register, folders: Folders, year: int, name: str) -> list[int]:
    """Return the records that a record key or an object id means."""
    known = _current_id(folders, year, name)
    meant = register.sources.filter((pl.col("record_key") == name) | (pl.col("object_id") == known))
    if meant.is_empty():
        raise RefusedError([problem("R061", value=name)])
    return register.records.join(meant, on="record_key", how="semi").get_column("record").to_list()


def _heading(folders: Folders, year: int, object_id: str) -> str:
    found = exported(folders, Objects, year).filter(pl.col("object_id") == object_id)
    if found.is_empty():
        return object_id
    row = found.row(0, named=True)
    return f"{object_id}  {row['name']}  {row['object_kind']}  {row['state']}  来自 {row['record_count']} 条记录"


def _members(register: Register, members: pl.DataFrame) -> Grid:
    grid = Grid(title="为什么是同一对象 / why these records are one", title_justify="left")
    for header in ("记录", "部门", "名称", "代码", "依据", "最有力的联系"):
        grid.add_column(header, overflow="fold")
    numbers = register.records.join(members, on="record_key", how="semi").get_column("record").to_list()
    ties = between(register.records, numbers, numbers, register.points)
    place = dict(register.records.select("record_key", "record").iter_rows())
    for row in members.iter_rows(named=True):
        code = row["code"] + ("" if row["code_kind"] != "uscc" or row["is_code_trusted"] else "（存疑）")
        shown = (row["record_key"], row["department"], row["name"], code, MATCHED_BY[row["matched_by"]])
        grid.add_row(*map(escape, shown), escape(_tie(register, place[row["record_key"]], ties)))
    return grid


def _tie(register: Register, number: int, ties: Sequence[Comparison]) -> str:
    """Return a record's likeliest partner within its object, and what counts most."""
    own = next((tie for tie in ties if number in (tie.left, tie.right)), None)
    if own is None:
        return ""
    partner = own.right if own.left == number else own.left
    counting = sorted(own.reasons[1:], key=lambda reason: -abs(reason.points))[:_REASONS_SHOWN]
    said = "、".join(reason.meaning for reason in counting)
    return f"{register.records['record_key'][partner]}：{said}（{percent(likely(own.reasons))}）"


def _values(folders: Folders, year: int, object_id: str) -> Grid:
    titles = {column.name: column.title for column in columns_of(Objects)}
    grid = Grid(title="名录采用的值 / where every value comes from", title_justify="left")
    for header in ("字段", "值", "部门", "文件", "行", "理由"):
        grid.add_column(header, overflow="fold")
    fields = exported(folders, ObjectFields, year).filter(pl.col("object_id") == object_id)
    for row in fields.sort(~pl.col("is_chosen"), maintain_order=True).iter_rows(named=True):
        value = masked_phone(row["value"]) if row["field"] == "phone" else row["value"]
        mark = "✓ " if row["is_chosen"] else "  "
        cells = (mark + titles.get(row["field"], row["field"]), value, row["department"], row["file"], str(row["row"]))
        grid.add_row(*map(escape, cells), escape(row["why"]))
    return grid


def _kin(folders: Folders, year: int, object_id: str) -> list[str]:
    """Return the objects it follows or is followed by, and the doubts a person is asked about."""
    links = exported(folders, Successors, year)
    asked = exported(folders, DuplicatesToReview, year).filter(
        (pl.col("left_id") == object_id) | (pl.col("right_id") == object_id)
    )
    return [
        *(
            f"承接自 {row['successor_of']}：{row['reason']}"
            for row in links.filter(pl.col("object_id") == object_id).iter_rows(named=True)
        ),
        *(
            f"由 {row['object_id']} 承接：{row['reason']}"
            for row in links.filter(pl.col("successor_of") == object_id).iter_rows(named=True)
        ),
        *(
            f"待核对 {row['pair_id']}（{row['department']}）：{row['left_key']} 与 {row['right_key']}，{row['reason']}"
            for row in asked.iter_rows(named=True)
        ),
    ]


def _verdict(register: Register, folders: Folders, year: int, best: Comparison) -> str:
    keys = [str(register.records["record_key"][number]) for number in (best.left, best.right)]
    rows = [register.sources.filter(pl.col("record_key") == key).row(0, named=True) for key in keys]
    low, high = pair_of(keys[0], keys[1])
    held = in_effect(exported(folders, Judgements, year))
    judged = held.filter(pl.col("left_key") == low, pl.col("right_key") == high)
    said = "" if judged.is_empty() else f"人工判断：{WORDS[judged['judgement'][0]]}（{judged['at'][0][:10]}）。"
    if rows[0]["object_id"] == rows[1]["object_id"]:
        shared = "代码相同。" if rows[0]["code"] and rows[0]["code"] == rows[1]["code"] and _trusts(rows) else ""
        return f"同一对象 {rows[0]['object_id']}。{said}{shared}"
    ids = [row["object_id"] for row in rows]
    coded = (
        register.sources.filter("is_code_trusted", pl.col("object_id").is_in(ids)).get_column("object_id").n_unique()
    )
    why = (
        ""
        if said
        else "两个对象各有可信的信用代码，永远不会自动合并。"
        if coded == 2
        else f"合并要求两个对象的所有记录合计达到 {MERGE / 100:+.1f}；上年都已公布的两个编号，还要由人判断。"
    )
    return f"两个对象：{rows[0]['object_id']} 与 {rows[1]['object_id']}。{said}{why}"


def _trusts(rows: Sequence[Mapping[str, object]]) -> bool:
    return all(row["is_code_trusted"] or row["code_kind"] != "uscc" for row in rows)
