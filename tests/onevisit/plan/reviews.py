"""A small plan to review: five rows of three departments, a merge, conflicts, and what was ruled so far."""

import datetime as dt
from typing import Any

from onevisit.county import CLASSES, PlanRules
from onevisit.decisions import extended
from onevisit.plan.questions import PlanTables, Question, questions_of
from onevisit.plan.rulings import Answer, Ruling, Topic, entry_of, rulings
from onevisit.plan.tables import (
    AliasProposals,
    Capacity,
    Conflicts,
    Load,
    Moves,
    Neighbours,
    Proposals,
    Refused,
    RulePrices,
    Submitted,
    Tasks,
    UnkeptRulings,
)
from onevisit.registries.tables import Items
from onevisit.tables import frame_of
from tests.onevisit.plan.samples import CULTURE, ITEM, MARKET, POLICE

YEAR = 2027
FINGERPRINT = "5" * 64
FILED = "0" * 12
"""Digest of what every row files."""

ROW: dict[str, Any] = {
    "plan_row_id": "GA-2027-01", "department": POLICE, "task_name": "旅馆业检查", "draw_type": "定向",
    "item_code": "GA-002", "item_name": "对旅馆业特种行业的检查", "tier": "general", "scope_text": "旅馆",
    "towns": [], "ratio_text": "5%",
    "ratio_in_force": "5%", "changes": [], "is_by_class": False, "ratio_kind": "rate", "rate_bp": [500] * 5,
    "object_count": None, "least": 0, "method": "现场检查", "is_on_site": True,
    "starts_on": dt.date(2027, 4, 1), "ends_on": dt.date(2027, 6, 30), "partners": [], "partner_items": [],
    "matching": "分组", "is_exclusive": False, "scope_count": 100, "expected_count": 5.0, "note": None,
    "filed_digest": FILED, "file": "年度抽查计划.xlsx", "sheet": "计划", "row": 4,
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
    "lost": ["WL-2027-01：部门过多，少减1.0户次"],
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
MOVE: dict[str, Any] = {
    "step": 1, "plan_rows": ["WL-2027-01"], "department_names": [CULTURE], "starts_on": dt.date(2027, 4, 1),
    "ends_on": dt.date(2027, 6, 30), "new_starts_on": dt.date(2027, 5, 1), "new_ends_on": dt.date(2027, 7, 30),
    "shift_workdays": 20, "joins_rows": ["GA-2027-02"], "visits_saved": 2.0, "total_saved": 6.5, "share_saved": 0.3,
    "reason": "移到5月可与GA-2027-02一次上门。",
}  # fmt: skip
ALIAS: dict[str, Any] = {
    "left_item": "GA-002", "right_item": "WL-001", "left_name": "对旅馆业特种行业的检查", "right_name": "娱乐场所检查",
    "left_department": POLICE, "right_department": CULTURE, "similarity": 0.8, "common_objects": 12,
}  # fmt: skip
NEIGHBOUR: dict[str, Any] = {
    "left_rows": ["GA-2027-01", "SCJG-2027-01"], "right_rows": ["WL-2027-01"], "rules": ["DEPARTMENTS"],
    "workdays": 60, "common_objects": 12, "visits_saved": 1.0, "reason": "合并后部门超过上限。",
}  # fmt: skip
PRICES = [
    {"rule": rule, "setting": words, "visits_apart": 20.0, "visits_saved": saved, "share_saved": saved / 20,
     "most_saved": 10.0, "most_share": 0.5, "most_by_windows": 12.0, "share_of_most": saved / 10}
    for rule, words, saved in (("OVERLAP", "不限", 6.0), ("", "现行", 4.5))
]  # fmt: skip
SHORT: dict[str, Any] = {
    "department": POLICE, "item_code": None, "item_codes": [], "starts_on": dt.date(2027, 4, 1),
    "ends_on": dt.date(2027, 6, 30),
    "workdays": 61, "people": 2, "needed": 300.0, "available": 122, "share": 2.4590, "visits_short": 89,
    "is_tightest": True, "task_ids": ["T001"], "code": "P140", "reason": "县公安局人手不够。", "fix": "请延长时段。",
}  # fmt: skip
LOAD: dict[str, Any] = {
    "department": POLICE, "month": 4, "task_count": 2, "needed": 50.0, "available": 40, "share": 1.25,
    "is_crowded": True,
}  # fmt: skip
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
        "refused": (REFUSED,), "conflicts": CONFLICTS, "proposals": ({},), "tasks": TASKS, "moves": ({},),
        "alias_proposals": ({},), "neighbours": ({},), "rule_prices": PRICES, "capacity": ({},), "load": ({},),
        "unkept": (), **frames
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
        unkept=frame_of(UnkeptRulings, list(given["unkept"])),
        moves=frame_of(Moves, [{**MOVE, **row} for row in given["moves"]]),
        alias_proposals=frame_of(AliasProposals, [{**ALIAS, **row} for row in given["alias_proposals"]]),
        neighbours=frame_of(Neighbours, [{**NEIGHBOUR, **row} for row in given["neighbours"]]),
        rule_prices=frame_of(RulePrices, list(given["rule_prices"])),
        capacity=frame_of(Capacity, [{**SHORT, **row} for row in given["capacity"]]),
        load=frame_of(Load, [{**LOAD, **row} for row in given["load"]]),
        items=frame_of(Items, [{**ITEM, **row} for row in ITEMS]),
        class_counts={str(row.get("plan_row_id", "GA-2027-01")): [100, *[0] * (len(CLASSES) - 1)] for row in rows},
    )


def question(topic: Topic, subject: str, tables: PlanTables | None = None) -> Question:
    """Return one question of a plan."""
    return next(one for one in questions_of(tables or plan()) if one.key == (topic, subject))
