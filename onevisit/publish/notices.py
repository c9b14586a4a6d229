"""Notices (公告) as an office issues them: of plan changes, of draws before and after their lock, of results.

Made of the public tables alone, so a notice says nothing before its day (protocol ov1, section 9). Each is
a Word file in the form of GB/T 9704 and one HTML page by itself, for portals that take only attachments.
A notice is dated by what it tells, not by the day of the run: the same facts give the same bytes.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from onevisit.documents.content import Document
from onevisit.documents.html import html
from onevisit.documents.word import word
from onevisit.publish.open_data import SAMPLE_NOTICE
from onevisit.publish.site import Site
from onevisit.results.tables import RESULT_TYPES
from onevisit.text import chinese_day, chinese_moment
from onevisit.workers import each

_CODE = "统一社会信用代码\n（对象编号）"
_CHANGES = [
    ("序号", 12),
    ("任务编号", 20),
    ("任务名称", 36),
    ("变更", 13),
    ("内容", 19),
    ("变更前", 28),
    ("变更后", 28),
]
_TASKS = [("任务编号", 20), ("任务名称", 58), ("发起部门", 30), ("检查时段", 48)]
_DRAWN = [("序号", 12), ("任务编号", 20), ("检查对象", 39), (_CODE, 46), ("检查机关", 23), ("备注", 16)]
_RESULTS = [("序号", 12), ("检查对象", 32), (_CODE, 46), ("检查机关", 22), ("抽查事项", 24), ("检查结果", 20)]


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice: the name of its files without ending, and what it says."""

    name: str
    document: Document


def notices_of(site: Site) -> list[Notice]:
    """Return the notices that are public on the site's day."""
    county = _County(site)
    return [*county.changes(), *county.draws(), *county.results()]


def notice_files(notices: Sequence[Notice]) -> dict[str, bytes]:
    """Return every notice as Word and as HTML, by file name."""
    written = each(word, [one.document for one in notices])
    return {
        f"{one.name}{ending}": content
        for one, in_word in zip(notices, written, strict=True)
        for ending, content in ((".docx", in_word), (".html", html(one.document)))
    }


class _County:
    def __init__(self, site: Site) -> None:
        self._site, self._tables = site, site.tables
        self._tasks = {task["task_id"]: task for task in site.tables["plan"].iter_rows(named=True)}

    def changes(self) -> Iterator[Notice]:
        """Yield a notice for every version of the plan that changed what the public plan says."""
        for version in self._tables["versions"].sort("version").iter_rows(named=True):
            rows = self._tables["changes"].filter(version=version["version"])
            if version["version"] == 1 or rows.is_empty():
                continue
            number = version["version"]
            notice = self._begin(f"{self._plan}变更公告\n（第{number}版）")
            counts = "、".join(
                f"{kind}{count}项"
                for kind in ("新增", "取消", "调整")
                if (count := rows.filter(change=kind)["task_id"].n_unique())
            )
            notice.paragraph(
                f"{self._plan}第{number}版已于{chinese_day(version['signed_on'])}签批，自签批之日起执行。"
                f"与上一版相比，{counts}任务。现予公告。"
            )
            if version["public_note"]:
                notice.heading("一、变更说明")
                notice.paragraph(version["public_note"])
            notice.heading("二、核对依据" if version["public_note"] else "一、核对依据")
            notice.paragraph(f"本版计划指纹（SHA-256）：{version['plan_fingerprint']}")
            self._attach(notice, version["signed_on"], "计划变更明细", _CHANGES, list(_change_rows(rows)))
            yield Notice(f"change-{number}", notice)

    def draws(self) -> Iterator[Notice]:
        """Yield for every round what was fixed before it, and who was drawn for the tasks that have begun."""
        for held in self._tables["rounds"].iter_rows(named=True):
            yield self._draw(held)
            drawn = self._tables["drawn"].filter(serial=held["serial"])
            if drawn.height:
                yield self._drawn(held, drawn)

    def results(self) -> Iterator[Notice]:
        """Yield a notice for every task that has results."""
        by_task = self._tables["results"].partition_by("task_id", as_dict=True, maintain_order=True)
        for (task_id,), rows in sorted(by_task.items()):
            if task := self._tasks.get(str(task_id)):
                yield self._result(task, rows)

    @property
    def _plan(self) -> str:
        return f"{self._site.county}{self._site.year}年度随机抽查计划"

    def _begin(self, title: str) -> Document:
        return Document(title, notice=SAMPLE_NOTICE if self._site.is_demonstration else "")

    def _office(self, department: str) -> str:
        return self._site.county + department[1:] if department.startswith("县") else department

    def _attach(
        self,
        notice: Document,
        day: dt.date,
        title: str,
        columns: Sequence[tuple[str, int]],
        rows: Sequence[Sequence[str]],
        *,
        department: str = "",
    ) -> None:
        """Close a notice: what is attached, who issues it and when, then the attachment."""
        notice.attachments(title)
        notice.signature(self._office(department or self._site.bureau), chinese_day(day), inset=4)
        notice.part(title, label="附件")
        notice.table(columns, rows)

    def _draw(self, held: Mapping[str, Any]) -> Notice:
        notice = self._begin(f"{self._round(held)}\n抽取公告")
        tasks = [self._tasks[one] for one in held["task_ids"].split("、") if one in self._tasks]
        day, until = chinese_day(held["draws_on"]), chinese_day(held["locked_until"])
        if held["state"] == "已作废":
            notice.paragraph(
                f"{day}进行的本场抽取已经作废，没有抽中任何对象，有关记录永久保留。现将抽取前固定的内容公告如下。"
            )
        elif held["state"] == "待抽取":
            notice.paragraph(
                f"定于{day}对{len(tasks)}项抽查任务进行公开随机抽取（{held['disclosure']}）。"
                "名录、计划和设置已经固定，现将有关指纹在抽取前公告如下，供社会监督。"
            )
        else:
            notice.paragraph(
                f"{day}对{len(tasks)}项抽查任务进行了公开随机抽取（{held['disclosure']}）。现将抽取前固定的内容公告如下，供社会监督。"
            )
        notice.heading("一、抽取前固定的指纹")
        notice.paragraph(f"冻结指纹（SHA-256）：{held['commitment']}")
        notice.paragraph(f"名录根：{held['merkle_root']}")
        notice.heading("二、种子的产生")
        notice.paragraph(
            f"见证人为{held['witnesses']}，各方先承诺、后揭示；公共随机源的数值于{chinese_moment(held['seed_at'])}公布，"
            "与各方揭示的随机数共同算出种子。"
        )
        notice.heading("三、名单和种子的公布")
        notice.paragraph(
            f"各任务的抽中名单在该任务检查时段开始之日公布；种子和留痕自{until}起公布。"
            "公布以后，任何人都可以用上述指纹核对抽取结果。"
        )
        rows = [
            [task["task_id"], task["name"], task["lead_department"], _span(task["starts_on"], task["ends_on"])]
            for task in tasks
        ]
        day_told = held["frozen_on"] if held["state"] == "待抽取" else held["draws_on"]
        self._attach(notice, day_told, "本场抽取的任务", _TASKS, rows)
        return Notice(f"draw-{held['serial']}", notice)

    def _drawn(self, held: Mapping[str, Any], drawn: pl.DataFrame) -> Notice:
        notice = self._begin(f"{self._round(held)}\n抽取结果公告")
        begun = sorted(set(drawn["task_id"]))
        owed = drawn.filter(~pl.col("is_lost"))["object_id"].n_unique()
        notice.paragraph(
            f"{chinese_day(held['draws_on'])}随机抽取的任务中，{len(begun)}项任务的检查时段已经开始，"
            f"共须检查{owed}户，名单见附件，现予公布。其余任务的名单在其检查时段开始之日公布。"
            if len(begun) < len(held["task_ids"].split("、"))
            else f"{chinese_day(held['draws_on'])}随机抽取的{len(begun)}项任务的检查时段均已开始，"
            f"共须检查{owed}户，名单见附件，现予公布。"
        )
        if held["seed"]:
            notice.heading("一、种子和留痕")
            notice.paragraph(f"种子：{held['seed']}")
            notice.paragraph(f"留痕链首：{held['trail_head']}")
            notice.paragraph(f"冻结指纹（SHA-256）：{held['commitment']}")
        notice.heading("二、说明" if held["seed"] else "一、说明")
        notice.paragraph("注明“递补”的，是有对象退出后按抽取时已确定的次序递补的；注明“已退出”的，不再检查。")
        rows = [
            [str(number), one["task_id"], one["name"], one["object_id"], one["departments"], _remark(one)]
            for number, one in enumerate(drawn.iter_rows(named=True), start=1)
        ]
        day = max(self._tasks[one]["starts_on"] if one in self._tasks else held["draws_on"] for one in begun)
        self._attach(notice, max(day, held["draws_on"]), "抽中名单", _DRAWN, rows)
        return Notice(f"list-{held['serial']}", notice)

    def _result(self, task: Mapping[str, Any], rows: pl.DataFrame) -> Notice:
        office, last = self._office(task["lead_department"]), rows["checked_on"].cast(pl.Date).max()
        day = last if isinstance(last, dt.date) else self._site.today
        notice = self._begin(f"{office}关于{self._site.year}年度\n{task['task_id']}号抽查任务结果的公告")
        with_whom = f"会同{task['partners']}，" if task["partners"] else ""
        notice.paragraph(
            f"按照{self._plan}，{office}{with_whom}对{task['task_id']}号任务“{task['name']}”随机抽中的对象进行了检查"
            f"（检查时段：{_span(task['starts_on'], task['ends_on'])}）。"
            f"截至{chinese_day(day)}，已有{rows['object_id'].n_unique()}户的检查结果，现予公示。"
        )
        notice.heading("一、抽查事项")
        notice.paragraph(f"{task['items']}。")
        notice.heading("二、检查结果")
        notice.paragraph(f"{_counted(rows)}。每一户的结果见附件。")
        notice.heading("三、异议处理")
        notice.paragraph(
            "检查对象对公示的结果有异议的，可以向附件所列的检查机关提出，检查机关核实后予以更正并重新公示。"
        )
        listed = [
            [str(number), one["name"], one["object_id"], one["department"], one["item_name"], one["result"]]
            for number, one in enumerate(rows.iter_rows(named=True), start=1)
        ]
        self._attach(notice, day, "抽查结果明细", _RESULTS, listed, department=task["lead_department"])
        return Notice(f"results-{task['task_id']}", notice)

    def _round(self, held: Mapping[str, Any]) -> str:
        *_, number, attempt = held["serial"].split("-")
        again = f"（第{attempt}次）" if attempt != "1" else ""
        return f"{self._site.county}{self._site.year}年度第{int(number)}场随机抽查{again}"


def _change_rows(rows: pl.DataFrame) -> Iterator[list[str]]:
    columns = ("task_id", "task_name", "change", "column", "before", "after")
    for number, row in enumerate(rows.select(columns).iter_rows(), start=1):
        yield [str(number), *("—" if value is None else str(value) for value in row)]


def _counted(rows: pl.DataFrame) -> str:
    """Return how many objects have each standard result, in the standard order."""
    types = rows.select("object_id", result=pl.col("result").str.split("；")).explode("result", empty_as_null=True)
    counts = dict(types.unique().group_by("result").len().iter_rows())
    return "，".join(f"{kind}的{counts[kind]}户" for kind in RESULT_TYPES if kind in counts)


def _remark(one: Mapping[str, Any]) -> str:
    return "、".join(word for word, is_so in (("递补", one["is_substitute"]), ("已退出", one["is_lost"])) if is_so)


def _span(first: dt.date, last: dt.date) -> str:
    return f"{chinese_day(first)}至{chinese_day(last)}"
