"""A made-up county as the publish stage finds it in the warehouse, of any size, with names that would break a page."""

import datetime as dt
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from onevisit.codes import uscc_check_character
from onevisit.county import Contact
from onevisit.draw.disclosure import public_files
from onevisit.draw.tables import Drawn, Rounds, Substitutes
from onevisit.plan.tables import Conflicts, Proposals, Scope, Submitted, TaskItems, Tasks, Versions
from onevisit.plan.tables import Refused as RefusedRows
from onevisit.publish import lists
from onevisit.publish.announced import announcements, waiting_rounds
from onevisit.publish.open_data import open_data
from onevisit.publish.privacy import Known, known_of
from onevisit.publish.site import Site
from onevisit.registries.tables import Experts, Inspectors, Items, Objects
from onevisit.results.tables import Findings, Progress
from onevisit.supervision.tables import Scores
from onevisit.tables import Table, frame_of, polars_schema
from onevisit.visits.tables import Obligations

YEAR = 2027
TODAY = dt.date(2027, 7, 15)
VECTORS = Path(__file__).resolve().parents[2] / "vectors" / "draw"
DEPARTMENTS = ["县市场监管局", "县卫生健康局", "县公安局", "县农业农村局", "县应急局", "县住房城乡建设局"]
NASTY = [
    "</script><script>alert(1)</script>",
    '=HYPERLINK("http://a.example","点我")',
    "{{7*7}}",
    "<b>粗</b>&amp;店",
    "None",
]
TRADES = ["生活超市", "火锅店", "大药房", "宾馆", "农资经营部", "建筑工程有限公司", "食品加工厂", "网络科技有限公司"]
FOUND = [
    "未发现问题",
    "未发现问题",
    "未发现问题",
    "发现问题已责令改正",
    "通过登记的住所（经营场所）无法联系",
    "未发现开展本次抽查涉及的经营活动",
]
SCORES = [
    ("全县", "objects", "名称长度合理", 118, 120),
    ("全县", "inspectors", "执法证填报", 40, 40),
    ("县公安局", "objects", "名称长度合理", 60, 61),
    ("县公安局", "inspectors", "执法证填报", 0, 0),
]
CLASS_RATIO = "A类2%，B类5%，C类20%，D类50%"
NOTE = "应县政府要求，新增一项抽查。"
INSPECTOR, EXPERT, CERTIFICATE = "欧阳守正", "司徒明鉴", "51092300017"


def credit_code(number: int) -> str:
    first17 = f"92510923MA{number:07d}"
    return first17 + uscc_check_character(first17)


def rows_of(model: type[Table], rows: list[dict[str, Any]]) -> pl.DataFrame:
    """A frame from records that name only what matters; the rest is empty, zero or false."""
    return frame_of(model, [{**_blank(model), **row} for row in rows])


def _blank(model: type[Table]) -> dict[str, Any]:
    blanks: dict[Any, Any] = {pl.String: "", pl.Int64: 0, pl.Float64: 0.0, pl.Boolean: False, pl.Date: TODAY}
    nullable = {name for name, column in model.to_schema().columns.items() if column.nullable}
    return {
        name: None
        if name in nullable
        else []
        if isinstance(dtype, pl.List)
        else blanks[type(dtype) if not isinstance(dtype, type) else dtype]
        for name, dtype in polars_schema(model).items()
    }


@dataclass(frozen=True)
class Made:
    """Frames by name, as the stages before leave them."""

    frames: dict[str, pl.DataFrame]

    def __getattr__(self, name: str) -> pl.DataFrame:
        return self.frames[name]


@cache
def made(task_count: int = 8, item_count: int = 12, drawn_per_task: int = 5) -> Made:
    """Tasks spread over the year, drawn in rounds of four; those that have begun have results."""
    items = [_item(n) for n in range(item_count)]
    tasks = [_task(n, task_count, items) for n in range(task_count)]
    submitted = [_plan_row(task, row) for task in tasks for row in task["plan_rows"]]
    checks = [
        {
            "task_id": task["task_id"],
            "plan_row_id": row,
            "department": item["department"],
            "item_code": item["item_code"],
            "role": "initiator" if n == 0 else "partner",
            "is_on_site": True,
        }
        for task in tasks
        for row in task["plan_rows"]
        for n, item in enumerate(one for one in items if one["item_code"] in task["item_codes"])
    ]
    objects = [_object(n) for n in range(drawn_per_task * 12 + 40)]
    rounds = [_round(number, tasks[start : start + 4]) for number, start in enumerate(range(0, task_count, 4), start=1)]
    rounds = [one for one in rounds if one["draws_on"] <= TODAY]
    drawn, obligations, findings = [], [], []
    for one in rounds:
        for task in (task for task in tasks if task["task_id"] in one["task_ids"]):
            for n in range(drawn_per_task):
                chosen = objects[(n * 7 + int(task["task_id"][1:]) * 3) % len(objects)]
                place = {"serial": one["serial"], "task_id": task["task_id"], "object_id": chosen["object_id"]}
                drawn += [
                    {**place, "plan_row_id": row, "stratum": "N", "ticket": "0" * 64} for row in task["plan_rows"]
                ]
                owed = [
                    {**place, **check, "batch": n * 4 // drawn_per_task + 1}
                    for check in checks
                    if check["task_id"] == task["task_id"]
                ]
                obligations += owed
                if task["starts_on"] <= TODAY:
                    findings += [_finding(check, n) for check in owed if n % 5 < 4]
    lost = drawn[0]
    substitutes = [{**lost, "number": 1, "lost_id": lost["object_id"], "new_id": objects[-1]["object_id"]}]
    obligations = [o for o in obligations if (o["task_id"], o["object_id"]) != (lost["task_id"], lost["object_id"])]
    obligations += [
        {**lost, **check, "object_id": objects[-1]["object_id"], "batch": 1}
        for check in checks
        if check["task_id"] == lost["task_id"]
    ]
    findings = [f for f in findings if (f["task_id"], f["object_id"]) != (lost["task_id"], lost["object_id"])]
    return Made(
        {
            "items": rows_of(Items, items),
            "objects": rows_of(Objects, objects),
            "inspectors": rows_of(
                Inspectors, [{"person_id": "P-0001", "name": INSPECTOR, "certificate_no": CERTIFICATE}]
            ),
            "experts": rows_of(Experts, [{"expert_id": "E-1", "name": EXPERT}]),
            "tasks": rows_of(Tasks, tasks),
            "submitted": rows_of(Submitted, submitted),
            "scope": rows_of(
                Scope,
                [
                    {"plan_row_id": row["plan_row_id"], "object_id": one["object_id"]}
                    for n, row in enumerate(submitted)
                    for one in objects[n % 3 :: 3]
                ],
            ),
            "scores": rows_of(Scores, [_score(*one) for one in SCORES]),
            "task_items": rows_of(TaskItems, checks),
            "proposals": rows_of(
                Proposals, [_proposal(n, task) for n, task in enumerate(tasks, 1) if len(task["plan_rows"]) > 1]
            ),
            "refused": rows_of(RefusedRows, [_refusal()]),
            "conflicts": rows_of(Conflicts, [_conflict(submitted[0])]),
            "rounds": rows_of(Rounds, rounds),
            "drawn": rows_of(Drawn, [{k: v for k, v in row.items() if k in polars_schema(Drawn)} for row in drawn]),
            "substitutes": rows_of(
                Substitutes, [{k: v for k, v in row.items() if k in polars_schema(Substitutes)} for row in substitutes]
            ),
            "obligations": rows_of(
                Obligations, [{k: v for k, v in row.items() if k in polars_schema(Obligations)} for row in obligations]
            ),
            "findings": rows_of(Findings, findings),
            "progress": rows_of(Progress, _progress(tasks, obligations, findings)),
        }
    )


def public_rounds(county: Made, today: dt.date) -> pl.DataFrame:
    held = {one["serial"]: _files(one) for one in county.rounds.iter_rows(named=True)}
    return lists.public_rounds(county.rounds, waiting_rounds({}), announcements(held), today=today)


def public_tables(county: Made, today: dt.date = TODAY) -> dict[str, pl.DataFrame]:
    drawn = lists.public_drawn(
        rounds=county.rounds,
        drawn=county.drawn,
        substitutes=county.substitutes,
        obligations=county.obligations,
        tasks=county.tasks,
        task_items=county.task_items,
        objects=county.objects,
        today=today,
    )
    plan = lists.public_plan(county.tasks, county.submitted, county.task_items, county.items)
    return {
        "items": lists.public_items(county.items),
        "plan": plan,
        "versions": lists.public_versions(rows_of(Versions, [_version(1, ""), _version(2, NOTE)])),
        "changes": lists.public_changes([(1, earlier(plan)), (2, plan)]),
        "rounds": public_rounds(county, today),
        "drawn": drawn,
        "results": lists.public_results(county.findings, drawn, county.tasks, county.items),
        "supervision": lists.public_supervision(county.scores),
    }


def earlier(plan: pl.DataFrame) -> pl.DataFrame:
    """The public plan of the version before: without the last task, with one that is gone since, and other dates."""
    gone = plan.head(1).with_columns(task_id=pl.lit("T000"), name=pl.lit("取消的任务"))
    is_moved = pl.col("task_id") == "T001"
    moved = pl.when(is_moved).then(pl.col("ends_on").dt.offset_by("-1d")).otherwise("ends_on").alias("ends_on")
    return pl.concat([gone, plan.head(plan.height - 1).with_columns(moved, scope_count=pl.col("scope_count") + 1)])


def _version(number: int, note: str) -> dict[str, Any]:
    signed_at = f"202{5 + number}-12-28T11:00:00+08:00"
    return {
        "version": number,
        "plan_fingerprint": f"{number}" * 64,
        "approval_hash": "6" * 64,
        "signed_at": signed_at,
        "public_note": note,
        "is_current": number == 2,
        "task_count": 8,
    }


def site_of(county: Made, today: dt.date = TODAY, *, is_demonstration: bool = True) -> Site:
    tables = public_tables(county, today)
    title = f"大英县{YEAR}年度“双随机、一公开”开放数据"
    return Site(
        county="大英县",
        bureau="县市场监管局",
        year=YEAR,
        today=today,
        is_demonstration=is_demonstration,
        fingerprint="5" * 64,
        approved_at="2026-12-28T11:00:00+08:00",
        tables=tables,
        task_items=county.task_items,
        submitted=county.submitted,
        proposals=county.proposals,
        progress=county.progress,
        draws={one["serial"]: _evidence(one, today) for one in county.rounds.iter_rows(named=True)},
        open_data=open_data(tables, title=title, data_date=today, is_demonstration=is_demonstration),
        register=lists.public_register(county.objects),
        reach=county.scope,
        doors=lists.public_doors(county.obligations, tables["drawn"]),
        contact=Contact(office="县市场监管局"),
    )


def known(county: Made) -> Known:
    items = lists.public_items(county.items)
    return known_of(inspectors=county.inspectors, experts=county.experts, objects=county.objects, items=items)


def _files(one: dict[str, Any]) -> dict[str, bytes]:
    name = "open" if one["disclosure"] == "open" else "witnessed"
    return {path.name: path.read_bytes() for path in (VECTORS / name).iterdir()}


def _evidence(one: dict[str, Any], today: dt.date) -> dict[str, bytes]:
    return public_files(_files(one), disclosure=one["disclosure"], locked_until=one["locked_until"], today=today)


def _score(department: str, registry: str, measure: str, numerator: int, denominator: int) -> dict[str, Any]:
    return {
        "department": department,
        "registry": registry,
        "key": f"{registry}.{'name' if registry == 'objects' else 'certificate'}",
        "measure": measure,
        "numerator": numerator,
        "denominator": denominator,
        "ratio": numerator / denominator if denominator else None,
    }


def _item(n: int) -> dict[str, Any]:
    is_bare = n % 5 == 4
    return {
        "item_code": f"ABC-{n + 1:03d}",
        "department": DEPARTMENTS[n % len(DEPARTMENTS)],
        "category": "登记事项检查",
        "item_name": f"营业执照（登记证）规范使用情况的检查（第{n + 1}项）",
        "tier": "key" if n % 3 else "general",
        "object_scope": "企业；个体工商户",
        "methods": ["现场检查", "书面检查"],
        "ratio_text": None if is_bare else "不超过3%/年；同一单位不超过2次/年",
        "legal_basis": None if is_bare else "公司法；市场主体登记管理条例",
        "list_version": "2027版",
        "content": [] if is_bare else ["营业执照是否悬挂在醒目位置", "是否有伪造、涂改、出租、出借的情形"],
        "materials": [] if is_bare else ["营业执照正、副本", "近三个月业务单据"],
    }


def _task(n: int, count: int, items: list[dict[str, Any]]) -> dict[str, Any]:
    start = dt.date(YEAR, 1, 18) + dt.timedelta(days=300 * n // count)
    chosen = [items[(n + k) % len(items)] for k in range(1 + n % 4)]
    departments = sorted({item["department"] for item in chosen})
    joint = "联合" if len(departments) > 1 else ""
    rows = [f"DY-{YEAR}-{n + 1:02d}{letter}" for letter in "ABC"[: 1 + n % 3]]
    return {
        "task_id": f"T{n + 1:03d}",
        "name": f"{chosen[0]['department'].removeprefix('县')}对{TRADES[n % len(TRADES)]}的{joint}抽查",
        "plan_rows": rows,
        "lead_department": chosen[0]["department"],
        "departments": departments,
        "item_codes": sorted(item["item_code"] for item in chosen),
        "is_joint": len(departments) > 1,
        "is_on_site": True,
        "is_by_class": n % 3 == 2,
        "starts_on": start,
        "ends_on": start + dt.timedelta(days=40 + 10 * (n % 3)),
        "matching": "分散",
        "scope_count": 1200 + n,
        "expected_visits": 60.5,
        "visits_apart": 80.0,
    }


def _plan_row(task: dict[str, Any], row: str) -> dict[str, Any]:
    return {
        "plan_row_id": row,
        "department": task["lead_department"],
        "task_name": task["name"],
        "draw_type": "不定向",
        "item_code": task["item_codes"][0],
        "item_name": "营业执照规范使用情况的检查",
        "tier": "key",
        "scope_text": "食品经营",
        "towns": ["蓬莱镇", "隆盛镇"] if row.endswith("A") else [],
        "ratio_text": CLASS_RATIO if task["is_by_class"] else "5%",
        "ratio_in_force": CLASS_RATIO if task["is_by_class"] else "5%",
        "is_by_class": task["is_by_class"],
        "ratio_kind": "rate",
        "method": "现场检查",
        "starts_on": task["starts_on"],
        "ends_on": task["ends_on"],
        "matching": "分散",
        "scope_count": 1200,
        "file": "年度抽查计划.xlsx",
        "row": 5,
    }


def _object(n: int) -> dict[str, Any]:
    # T001 draws every seventh object from the fourth on.
    name = NASTY[n // 7] if n % 7 == 3 and n // 7 < len(NASTY) else f"大英县蓬莱镇第{n}{TRADES[n % len(TRADES)]}"
    return {
        "object_id": credit_code(n) if n % 7 else f"DY-{n:010d}",
        "name": name,
        "object_kind": "企业",
        "state": "存续",
        "is_living": True,
    }


def _round(number: int, tasks: list[dict[str, Any]]) -> dict[str, Any]:
    opens, last = min(task["starts_on"] for task in tasks), max(task["starts_on"] for task in tasks)
    return {
        "serial": f"510923-{YEAR}-{number:02d}-1",
        "round_no": number,
        "task_ids": [task["task_id"] for task in tasks],
        "disclosure": "open" if number % 2 else "witnessed",
        "draws_on": opens - dt.timedelta(days=3),
        "opens_on": opens,
        "locked_until": last,
        "state": "drawn",
        "commitment": "c" * 64,
        "merkle_root": "d" * 64,
        "seed": "e" * 64,
        "trail_head": "f" * 64,
        "plan_fingerprint": "5" * 64,
        "approval_hash": "6" * 64,
        "is_demonstration": True,
    }


def _finding(check: dict[str, Any], n: int) -> dict[str, Any]:
    return {
        **{key: check[key] for key in ("object_id", "task_id", "plan_row_id", "department", "item_code")},
        "checked_on": TODAY,
        "result_types": [FOUND[n % len(FOUND)]],
        "problem": "老板王强电话13800138000",
        "file": "检查结果.xlsx",
        "row": n + 2,
        "audit_state": "approved",
        "published_on": TODAY,
    }


def _proposal(step: int, task: dict[str, Any]) -> dict[str, Any]:
    return {
        "step": step,
        "left_rows": task["plan_rows"][:1],
        "right_rows": task["plan_rows"][1:],
        "departments": task["departments"],
        "starts_on": task["starts_on"],
        "ends_on": task["ends_on"],
        "common_objects": 830,
        "visits_apart": 80.0,
        "visits_together": 60.5,
        "visits_saved": 19.5,
        "reason": "共同对象 830 户，时段重合 28 个工作日，合并后预计少上门 19.5 户次。",
    }


def _refusal() -> dict[str, Any]:
    return {
        "plan_row_id": "DY-2027-99",
        "department": "县公安局",
        "file": "年度抽查计划.xlsx",
        "sheet": "计划",
        "row": 9,
        "column": "抽查比例",
        "value": "=20%+5%",
        "code": "P021",
        "reason": "一般检查事项的抽查比例超过 10% 的上限。",
        "fix": "请把比例改到 10% 以内，或者说明按信用风险分类的依据。",
    }


def _conflict(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "plan_row_id": row["plan_row_id"],
        "department": row["department"],
        "kind": "partner_outside",
        "value": "县消防救援大队",
        "code": "P031",
        "reason": "配合单位“县消防救援大队”不在十六个部门之内。",
        "fix": "请与该单位协商，由其另行派员。",
    }


def _progress(
    tasks: list[dict[str, Any]], owed: list[dict[str, Any]], found: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    return [
        {
            "task_id": task["task_id"],
            "department": department,
            "due_count": sum((row["task_id"], row["department"]) == (task["task_id"], department) for row in owed),
            "done_count": sum((row["task_id"], row["department"]) == (task["task_id"], department) for row in found),
        }
        for task in tasks
        for department in task["departments"]
        if task["starts_on"] <= TODAY
    ]
