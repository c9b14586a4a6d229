"""Joint schemes (联合抽查方案, policy IV.1): one joint task on paper, which every participant confirms.

The lead department draws it up with the participants before anything is drawn: items, scope, number,
ratio, how inspectors are matched. A confirmation is about the rows of the task as they stand: when a
row joins or leaves the task, or the scheme changes otherwise, it is asked for again.
"""

import datetime as dt
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from onevisit.codes import hide_numbers
from onevisit.county import County
from onevisit.documents.content import Document
from onevisit.errors import RefusedError, problem
from onevisit.plan.rulings import Answer, Ruling, needs_reason, ruled, subject_of
from onevisit.plan.tables import Schemes
from onevisit.tables import frame_of
from onevisit.text import chinese_day

STATES: Mapping[str, str] = {"waiting": "待确认", "confirmed": "已确认", "objected": "有异议"}
"""State of a participant's word -> what officials read."""

_LONGEST_NAME = 200
"""Bytes of a task's name in a file's: file systems take 255 in all, and a file being written has a longer one."""

_MATCHING = {
    "分组": "分组：各参与部门的执法检查人员先随机编成固定检查组，再为每个检查对象随机抽取检查组。",
    "分散": "分散：为每个检查对象逐一随机抽取各参与部门的执法检查人员，临时组成检查组。",
}


@dataclass(frozen=True, slots=True)
class PlanOnPaper:
    """The plan's tables that a scheme is drawn from."""

    tasks: pl.DataFrame
    task_items: pl.DataFrame
    submitted: pl.DataFrame
    items: pl.DataFrame


def schemes(plan: PlanOnPaper, rulings: pl.DataFrame) -> pl.DataFrame:
    """Return every joint task's participants and what each says of the scheme, as the table `Schemes`."""
    said = {row["subject"]: row for row in ruled(rulings, "scheme").iter_rows(named=True)}
    rows: list[dict[str, object]] = []
    for task in plan.tasks.filter("is_joint").sort("task_id").iter_rows(named=True):
        content = fingerprint(task, plan)
        for department in task["departments"]:
            subject = subject_of("scheme", task["plan_rows"], department, content)
            word = said.get(subject)
            state = "waiting" if word is None else {"confirm": "confirmed", "object": "objected"}[word["answer"]]
            rows.append(
                {
                    "task_id": task["task_id"],
                    "department": department,
                    "subject": subject,
                    "state": state,
                    "record": word and word["seq"],
                    "said_on": word and dt.datetime.fromisoformat(word["at"]).date(),
                }
            )
    return frame_of(Schemes, rows)


def word_on(
    words: pl.DataFrame, task_id: str, department: str, answer: Answer, *, by: str, why: str = "", channel: str
) -> Ruling:
    """Return a participant's word on a scheme, before it is in the log; `words` is the table `Schemes`.

    Raises RefusedError with all of: P080 nobody named, P160 no such joint task or participant, P161 an
    objection without a reason.
    """
    asked = words.filter(task_id=task_id, department=department).get_column("subject").to_list()
    problems = [
        *([] if by.strip() else [problem("P080")]),
        *([] if asked else [problem("P160", value=task_id, task=task_id, department=department)]),
        *([problem("P161", value=task_id)] if needs_reason("scheme", answer) and not why.strip() else []),
    ]
    if problems:
        raise RefusedError(problems)
    return Ruling("scheme", asked[0], answer, by.strip(), "participant", hide_numbers(why.strip()), channel=channel)


def demonstration_words(words: pl.DataFrame) -> list[Ruling]:
    """Return the made-up confirmations of a demonstration: every participant that has not spoken confirms."""
    waiting = words.filter(state="waiting").select("task_id", "department")
    return [
        word_on(words, task_id, department, "confirm", by=f"示例经办人（{department}）", channel="demonstration")
        for task_id, department in waiting.iter_rows()
    ]


def fingerprint(task: Mapping[str, Any], plan: PlanOnPaper) -> str:
    """Return 12 hex digits of what a scheme says: they change when any of it does."""
    own = pl.col("plan_row_id").is_in(task["plan_rows"])
    columns = (
        "plan_row_id", "item_code", "scope_text", "towns", "ratio_in_force", "is_by_class", "method",
        "starts_on", "ends_on", "matching",
    )  # fmt: skip
    rows = plan.submitted.filter(own).select(columns).sort("plan_row_id").rows()
    checks = plan.task_items.filter(task_id=task["task_id"]).select("plan_row_id", "department", "item_code", "role")
    text = repr((task["starts_on"], task["ends_on"], task["matching"], rows, sorted(checks.rows())))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def scheme_document(
    task: Mapping[str, Any], plan: PlanOnPaper, words: pl.DataFrame, *, county: County, year: int
) -> Document:
    """Return the scheme of one joint task as a document; `words` are the rows of `Schemes`."""
    notice = "示例：以下内容由程序生成，不是真实的联合抽查方案。" if county.demonstration else ""
    document = Document(f"{county.name}{year}年度{task['name']}方案", notice=notice)
    lead = task["lead_department"]
    partners = [name for name in task["departments"] if name != lead]
    document.heading("一、抽查任务")
    document.paragraph(f"任务编号：{task['task_id']}。检查时段：{_days(task['starts_on'], task['ends_on'])}。")
    document.paragraph(f"牵头部门：{lead}。参与部门：{'、'.join(partners)}。")
    document.heading("二、联合抽查事项")
    document.table(
        [("部门", 32), ("事项编码", 24), ("抽查事项", 62), ("检查方式", 22), ("承担", 14)], _checks(task, plan)
    )
    document.heading("三、检查对象范围、抽查数量和抽查比例")
    document.paragraph(
        f"涉及检查对象{task['scope_count']:,}户，各计划按同一票号抽取，预计抽取{task['expected_visits']:,.0f}户"
        f"（各计划分别抽取预计共{task['visits_apart']:,.0f}户次）。实际户数以抽取结果为准。"
    )
    document.table(
        [("计划编号", 30), ("检查对象范围", 40), ("抽查区域", 26), ("基数（户）", 18), ("抽查比例（数量）", 40)],
        _scopes(task, plan),
    )
    document.heading("四、执法检查人员匹配方式")
    document.paragraph(_MATCHING[task["matching"]])
    document.paragraph(
        f"每次入户，每个参与部门随机抽取{county.visits.inspectors_per_department}名执法检查人员，从抽中人员中指派1名"
        "联合检查组负责人；与检查对象有利害关系的人员应当回避。" + _qualifications(task, plan)
    )
    document.heading("五、组织实施")
    document.paragraph(
        "检查对象和执法检查人员由牵头部门会同参与部门公开随机抽取，全程留痕；抽取后"
        f"{county.visits.start_within_workdays}个工作日内启动联合抽查，检查先后按随机确定的批次进行；"
        f"检查结果在检查完成后{county.results.publish_within_workdays}个工作日内公示。"
    )
    document.heading("六、各部门确认")
    document.table(
        [("部门", 50), ("意见", 30), ("日期", 40), ("决定记录", 34)],
        [
            [
                row["department"],
                STATES[row["state"]],
                chinese_day(row["said_on"]) if row["said_on"] else "",
                f"第{row['record']}号" if row["record"] else "",
            ]
            for row in words.filter(task_id=task["task_id"]).sort("department").iter_rows(named=True)
        ],
    )
    document.signature(f"牵头部门（盖章）：{lead}　　")
    return document


def scheme_file(task: Mapping[str, Any]) -> str:
    """Return the name of a scheme's file: T012 旅馆部门联合抽查（4月至6月）.docx."""
    name = re.sub(r'[\\/:*?"<>|]', "_", task["name"]).encode()[:_LONGEST_NAME].decode(errors="ignore")
    return f"{task['task_id']} {name}.docx"


def _checks(task: Mapping[str, Any], plan: PlanOnPaper) -> list[list[str]]:
    methods = plan.submitted.select("plan_row_id", "method")
    names = plan.items.select("item_code", "item_name")
    rows = (
        plan.task_items.filter(task_id=task["task_id"])
        .join(methods, on="plan_row_id")
        .join(names, on="item_code", how="left")
        .group_by("department", "item_code", "item_name")
        # Who brings an item as its own is no partner for it, though another row names it too.
        .agg(pl.col("method").unique().sort().str.join("、"), is_own=(pl.col("role") == "initiator").any())
        .sort(~pl.col("is_own"), "department", "item_code")
    )
    return [[*texts, "发起" if is_own else "配合"] for *texts, is_own in rows.iter_rows()]


def _scopes(task: Mapping[str, Any], plan: PlanOnPaper) -> list[list[str]]:
    rows = plan.submitted.filter(pl.col("plan_row_id").is_in(task["plan_rows"])).sort("plan_row_id")
    columns = rows.select("plan_row_id", "scope_text", "towns", "scope_count", "ratio_in_force")
    return [
        [row_id, scope, "、".join(towns) or "全县", f"{count:,}", ratio]
        for row_id, scope, towns, count, ratio in columns.iter_rows()
    ]


def _qualifications(task: Mapping[str, Any], plan: PlanOnPaper) -> str:
    needed = (
        plan.items.filter(pl.col("item_code").is_in(task["item_codes"]))
        .drop_nulls("qualification")
        .select("department", "qualification")
        .unique()
        .sort("department", "qualification")
    )
    told = "；".join(f"{department}须有{qualification}" for department, qualification in needed.iter_rows())
    return f"专业要求：{told}。" if told else ""


def _days(first: dt.date, last: dt.date) -> str:
    return f"{chinese_day(first)}至{chinese_day(last)}"
