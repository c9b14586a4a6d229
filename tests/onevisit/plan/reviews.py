"""A small plan to review: five rows of three departments, a merge, conflicts, and what was ruled so far."""

import datetime as dt
from typing import Any

from onevisit.county import CLASSES, PlanRules
from onevisit.decisions import extended
from onevisit.plan.questions import PlanTables, Question, questions_of
from onevisit.plan.rulings import Answer, Ruling, Topic, entry_of, rulings
from onevisit.plan.tables import Conflicts, Proposals, Refused, Submitted, Tasks
from onevisit.registries.tables import Items
from onevisit.tables import frame_of
from tests.onevisit.plan.samples import CULTURE, ITEM, MARKET, POLICE

YEAR = 2027
FINGERPRINT = "5" * 64

ROW: dict[str, Any] = {
    "plan_row_id": "GA-2027-01", "department": POLICE, "task_name": "旅馆业检查", "draw_type": "定向",
    "item_code": "GA-002", "item_name": "对旅馆业特种行业的检查", "tier": "general", "scope_text": "旅馆",
    "towns": [], "ratio_text": "5%", "is_by_class": False, "ratio_kind": "rate", "rate_bp": [500] * 5,
    "object_count": None, "least": 0, "method": "现场检查", "is_on_site": True,
    "starts_on": dt.date(2027, 4, 1), "ends_on": dt.date(2027, 6, 30), "partners": [], "partner_items": [],
    "matching": "分组", "is_exclusive": False, "scope_count": 100, "expected_count": 5.0, "note": None,
    "file": "年度抽查计划.xlsx", "sheet": "计划", "row": 4,
}  # fmt: skip
ROWS: tuple[dict[str, Any], ...] = (
    {},
    {"plan_row_id": "GA-2027-02", "item_code": "GA-011", "item_name": "爆破作业单位检查", "tier": "key"},
    {
        "plan_row_id": "SCJG-2027-01", "department": MARKET, "item_code": "SCJG-025", "item_name": "价格行为检查",
        "note": "=HYPERLINK(1)",
    },
    {"plan_row_id": "SCJG-2027-02", "department": MARKET, "item_code": "SCJG-025", "item_name": "价格行为检查"},
    {"plan_row_id": "WL-2027-01", "department": CULTURE, "item_code": "WL-001", "item_name": "娱乐场所检查"},
)  # fmt: skip
STEP: dict[str, Any] = {
    "step": 1, "left_rows": ["GA-2027-01"], "right_rows": ["SCJG-2027-01"], "departments": [POLICE, MARKET],
    "starts_on": dt.date(2027, 4, 1), "ends_on": dt.date(2027, 6, 30), "common_objects": 90,
    "visits_apart": 10.0, "visits_together": 5.5, "visits_saved": 4.5, "reason": "多个部门检查同一批对象。",
}  # fmt: skip
CONFLICTS = (
    {"plan_row_id": "GA-2027-01", "department": POLICE, "kind": "partner_without_item", "value": CULTURE},
    {"plan_row_id": "GA-2027-02", "department": POLICE, "kind": "partner_outside", "value": "县消防救援大队"},
    {"plan_row_id": "WL-2027-01", "department": CULTURE, "kind": "listed_ratio", "value": "5%"},
)
REFUSED = {
    "plan_row_id": "GA-2027-09", "department": POLICE, "file": "年度抽查计划.xlsx", "sheet": "计划", "row": 9,
    "column": "抽查比例（数量）", "value": "=20%+5%", "code": "P011", "reason": "看不懂。", "fix": "请改正。",
}  # fmt: skip
ITEMS = (
    {"item_code": "GA-002", "department": POLICE, "item_name": "对旅馆业特种行业的检查"},
    {"item_code": "GA-011", "department": POLICE, "item_name": "爆破作业单位检查", "tier": "key"},
    {"item_code": "WL-001", "department": CULTURE, "item_name": "娱乐场所检查"},
    {"item_code": "WL-002", "department": CULTURE, "item_name": "演出市场检查"},
    {"item_code": "SCJG-025", "department": MARKET, "item_name": "价格行为检查"},
)
TASKS = (
    {"task_id": "T001", "plan_rows": ["GA-2027-01", "SCJG-2027-01"], "departments": [POLICE, MARKET], "is_joint": True},
    {"task_id": "T002", "plan_rows": ["GA-2027-02"]},
    {"task_id": "T003", "plan_rows": ["SCJG-2027-02"], "lead_department": MARKET, "departments": [MARKET]},
    {"task_id": "T004", "plan_rows": ["WL-2027-01"], "lead_department": CULTURE, "departments": [CULTURE]},
)
TASK: dict[str, Any] = {
    "name": "旅馆部门联合抽查", "lead_department": POLICE, "departments": [POLICE], "item_codes": ["GA-002"],
    "is_joint": False, "is_on_site": True, "is_by_class": False, "starts_on": dt.date(2027, 4, 1),
    "ends_on": dt.date(2027, 6, 30), "matching": "分组", "scope_count": 100, "expected_visits": 5.0,
    "visits_apart": 5.0,
}  # fmt: skip


def ruling(
    topic: Topic, subject: str, answer: Answer, *, value: str = "", why: str = "已核实", by: str = "王五"
) -> Ruling:
    return Ruling(topic, subject, answer, by, "reviewer", why=why, value=value, channel="review page")


def plan(*said: Ruling, rows: tuple[dict[str, Any], ...] = ROWS, **frames: tuple[dict[str, Any], ...]) -> PlanTables:
    """Return the plan after rulings; a keyword changes the rows of a table."""
    entries = [
        entry_of(one, fingerprint=FINGERPRINT, at=f"2026-12-{day:02d}T09:00:00+08:00", is_demonstration=False)
        for day, one in enumerate(said, start=1)
    ]
    given: dict[str, Any] = {
        "refused": (REFUSED,), "conflicts": CONFLICTS, "proposals": ({},), "tasks": TASKS, **frames
    }  # fmt: skip
    told = {"code": "P050", "reason": "需要协调。", "fix": "请商定。"}
    return PlanTables(
        year=YEAR,
        rules=PlanRules(),
        submitted=frame_of(Submitted, [{**ROW, **row} for row in rows]),
        refused=frame_of(Refused, list(given["refused"])),
        conflicts=frame_of(Conflicts, [{**told, **row} for row in given["conflicts"]]),
        proposals=frame_of(Proposals, [{**STEP, **row} for row in given["proposals"]]),
        tasks=frame_of(Tasks, [{**TASK, **row} for row in given["tasks"]]),
        rulings=rulings([(YEAR, extended([], entries))], YEAR),
        items=frame_of(Items, [{**ITEM, **row} for row in ITEMS]),
        class_counts={str(row.get("plan_row_id", "GA-2027-01")): [100, *[0] * (len(CLASSES) - 1)] for row in rows},
    )


def question(topic: Topic, subject: str, tables: PlanTables | None = None) -> Question:
    """Return one question of a plan."""
    return next(one for one in questions_of(tables or plan()) if one.key == (topic, subject))
