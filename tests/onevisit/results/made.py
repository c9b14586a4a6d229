"""Findings and what is made of them, for tests: name what matters, the rest is filled in."""

from typing import Any

import polars as pl

from onevisit.results.tables import Feedback, Findings, FrequencyWarnings, OtherChecks
from tests.onevisit.visits.samples import HEALTH, SHOP, day, table


def findings(*rows: dict[str, Any]) -> pl.DataFrame:
    defaults = {
        "object_id": SHOP,
        "task_id": "T001",
        "plan_row_id": "R1",
        "department": HEALTH,
        "item_code": "WJ-001",
        "checked_on": day("03-15"),
        "result_types": ["未发现问题"],
        "is_disposed": True,
        "file": "检查结果.csv",
        "sheet": "",
        "row": 2,
        "version": 1,
        "digest": "0" * 64,
        "audit_state": "approved",
        "is_filed": True,
        "inspectors": [],
    }
    return table(Findings, defaults, rows)


def others(*rows: dict[str, Any]) -> pl.DataFrame:
    defaults = {
        "department": HEALTH,
        "file": "其他检查记录.csv",
        "sheet": "",
        "row": 2,
        "record_id": "JC-1",
        "object_id": SHOP,
        "checked_by": HEALTH,
        "checked_on": day("04-01"),
        "cause": "专项检查",
        "is_counted": True,
        "reason": None,
    }
    return table(OtherChecks, defaults, rows)


def feedback(*rows: dict[str, Any]) -> pl.DataFrame:
    defaults = {
        "object_id": SHOP,
        "ground": "发现问题待后续处理",
        "departments": [HEALTH],
        "task_ids": ["T001"],
        "checked_on": day("03-15"),
        "finding_count": 1,
        "effect": "+1",
        "explanation": "2027年度县卫生健康局检查（T001）：发现问题待后续处理，提高一类",
    }
    return table(Feedback, defaults, rows)


def warnings(*rows: dict[str, Any]) -> pl.DataFrame:
    defaults = {
        "scope": "business",
        "object_id": SHOP,
        "first_on": day("03-15"),
        "second_on": day("04-01"),
        "day_count": 17,
        "business_count": 1,
        "departments": [HEALTH],
        "occasions": ["一", "二"],
        "reason": "太近",
        "fix": "并入",
    }
    return table(FrequencyWarnings, defaults, rows)
