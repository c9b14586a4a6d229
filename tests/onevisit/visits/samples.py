"""Small counties for the tests of visits and results: name what matters, the rest is filled in."""

import datetime as dt
from typing import Any

import polars as pl

from onevisit.draw.tables import Batches, Drawn, Rounds, Substitutes
from onevisit.plan.tables import Submitted, TaskItems, Tasks
from onevisit.registries.tables import Experts, Inspectors, InspectorSources, Items, Objects
from onevisit.tables import Table, frame_of
from onevisit.visits.staff import Registers, Staff, ids_of, read_staff, staff_files
from onevisit.visits.tables import Deferred, Obligations, Recusals

YEAR = 2027
ONE, TWO = "510923-2027-01-1", "510923-2027-02-1"
SHOP, INN = "DY-0001", "DY-0002"
HEALTH, POLICE = "县卫生健康局", "县公安局"
SALT = "salt"
KEYS = {HEALTH: "wj", POLICE: "ga"}
FAR = dt.date(2030, 1, 1)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(f"{YEAR}-{text}")


def table(model: type[Table], defaults: dict[str, Any], rows: tuple[dict[str, Any], ...]) -> pl.DataFrame:
    return frame_of(model, [{**defaults, **row} for row in rows])


def rounds(*rows: dict[str, Any]) -> pl.DataFrame:
    defaults = {
        "serial": ONE,
        "round_no": 1,
        "task_ids": ["T001"],
        "disclosure": "open",
        "draws_on": day("03-01"),
        "opens_on": day("03-05"),
        "locked_until": day("03-05"),
        "state": "drawn",
        "commitment": "0" * 64,
        "merkle_root": "0" * 64,
        "seed": "a" * 64,
        "trail_head": "0" * 64,
        "plan_fingerprint": "p",
        "approval_hash": "h",
        "object_count": 10,
        "drawn_count": 1,
        "is_demonstration": True,
    }
    return table(Rounds, defaults, rows or ({},))


def drawn(*rows: dict[str, Any]) -> pl.DataFrame:
    defaults = {
        "serial": ONE,
        "task_id": "T001",
        "plan_row_id": "R1",
        "stratum": "N",
        "object_id": SHOP,
        "ticket": "0" * 64,
    }
    return table(Drawn, defaults, rows)


def batches(*rows: dict[str, Any]) -> pl.DataFrame:
    return table(Batches, {"serial": ONE, "task_id": "T001", "object_id": SHOP, "batch": 1}, rows)


def substitutes(*rows: dict[str, Any]) -> pl.DataFrame:
    defaults = {"serial": ONE, "number": 1, "task_id": "T001", "plan_row_id": "R1", "lost_id": SHOP, "new_id": INN}
    return table(Substitutes, defaults, rows)


def tasks(*rows: dict[str, Any]) -> pl.DataFrame:
    defaults = {
        "task_id": "T001",
        "name": "旅馆检查",
        "plan_rows": ["R1"],
        "lead_department": HEALTH,
        "departments": [HEALTH],
        "item_codes": ["WJ-001"],
        "is_joint": False,
        "is_on_site": True,
        "is_by_class": False,
        "starts_on": day("03-05"),
        "ends_on": day("05-31"),
        "matching": "分散",
        "scope_count": 10,
        "expected_visits": 1.0,
        "visits_apart": 1.0,
    }
    return table(Tasks, defaults, rows or ({},))


def task_items(*rows: dict[str, Any]) -> pl.DataFrame:
    defaults = {
        "task_id": "T001",
        "plan_row_id": "R1",
        "department": HEALTH,
        "item_code": "WJ-001",
        "role": "initiator",
        "is_on_site": True,
    }
    return table(TaskItems, defaults, rows)


def submitted(*rows: dict[str, Any]) -> pl.DataFrame:
    defaults = {
        "plan_row_id": "R1",
        "department": HEALTH,
        "task_name": "旅馆检查",
        "draw_type": "定向",
        "item_code": "WJ-001",
        "item_name": "旅馆卫生",
        "tier": "general",
        "scope_text": "旅馆",
        "towns": [],
        "ratio_text": "10%",
        "is_by_class": False,
        "ratio_kind": "rate",
        "rate_bp": [1000] * 5,
        "object_count": None,
        "least": 0,
        "method": "现场检查",
        "is_on_site": True,
        "starts_on": day("03-05"),
        "ends_on": day("05-31"),
        "partners": [],
        "partner_items": [],
        "matching": "分散",
        "is_exclusive": False,
        "scope_count": 10,
        "expected_count": 1.0,
        "note": None,
        "filed_digest": "0" * 12,
        "file": "年度抽查计划.csv",
        "sheet": "",
        "row": 2,
    }
    return table(Submitted, defaults, rows or ({},))


def obligations(*rows: dict[str, Any]) -> pl.DataFrame:
    defaults = {
        "object_id": SHOP,
        "serial": ONE,
        "task_id": "T001",
        "plan_row_id": "R1",
        "department": HEALTH,
        "item_code": "WJ-001",
        "role": "initiator",
        "is_on_site": True,
        "starts_on": day("03-05"),
        "ends_on": day("05-31"),
        "batch": 1,
        "visit_id": None,
    }
    return table(Obligations, defaults, rows)


def deferred(*rows: dict[str, Any]) -> pl.DataFrame:
    defaults = obligations({}).drop("visit_id").row(0, named=True)
    return table(Deferred, {**defaults, "cap_kind": "department", "cap": 2, "reason": "", "fix": ""}, rows)


def items(*rows: dict[str, Any]) -> pl.DataFrame:
    defaults = {
        "item_code": "WJ-001",
        "department": HEALTH,
        "category": "卫生",
        "item_name": "旅馆卫生",
        "tier": "general",
        "object_scope": "旅馆",
        "tags": ["旅馆"],
        "methods": ["现场检查"],
        "list_version": "v",
        "is_expert_needed": False,
        "content": [],
        "materials": [],
        "has_guide": False,
    }
    return table(Items, defaults, rows or ({},))


def people(*rows: dict[str, Any]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Inspectors and their sources; a row may name `department`, `item_codes` and any inspector column."""
    inspectors: list[dict[str, Any]] = []
    sources: list[dict[str, Any]] = []
    for number, row in enumerate(rows, start=1):
        person = {
            "person_id": f"P-{number:04d}",
            "name": f"人{number}",
            "person_kind": "执法人员",
            "qualifications": [],
            "certificate_no": f"{number:08d}",
            "certificate_valid_to": FAR,
            "is_valid": True,
            "is_eligible": True,
            "item_codes": ["WJ-001"],
            "department": HEALTH,
            **row,
        }
        department = person.pop("department")
        inspectors.append({**person, "departments": [department]})
        sources.append(
            {
                "person_id": person["person_id"],
                "department": department,
                "file": "执法检查人员名录.csv",
                "sheet": "",
                "row": number + 1,
                "item_codes": person["item_codes"],
                "qualifications": person["qualifications"],
                "matched_by": "id",
            }
        )
    return frame_of(Inspectors, inspectors), frame_of(InspectorSources, sources)


def recusals(*rows: dict[str, Any]) -> pl.DataFrame:
    return table(Recusals, {"object_id": SHOP, "relation": "近亲属任职", "source": "本人申报"}, rows)


def experts(*rows: dict[str, Any]) -> pl.DataFrame:
    return table(Experts, {"expert_id": "E1", "name": "专家", "specialty": "旅馆", "is_valid": True}, rows)


def objects(*rows: dict[str, Any]) -> pl.DataFrame:
    defaults = {
        "object_id": SHOP,
        "name": "某某商店",
        "object_kind": "企业",
        "state": "存续",
        "is_living": True,
        "tags": ["旅馆"],
        "departments": [HEALTH],
        "credit_class": "N",
        "is_abnormal": False,
        "complaint_count": 0,
        "record_count": 1,
    }
    return table(Objects, defaults, rows or ({},))


def staff(
    owed: pl.DataFrame,
    people: tuple[pl.DataFrame, pl.DataFrame],
    *,
    listed: pl.DataFrame | None = None,
    registered: pl.DataFrame | None = None,
    experts: pl.DataFrame | None = None,
    recusals: pl.DataFrame | None = None,
) -> dict[str, Staff]:
    """Freeze and read the staff of every round that owes something: items listed, objects registered."""
    inspectors, sources = people
    registers = Registers(
        items=items() if listed is None else listed,
        objects=objects() if registered is None else registered,
        inspectors=inspectors,
        sources=sources,
        experts=frame_of(Experts, []) if experts is None else experts,
        recusals=frame_of(Recusals, []) if recusals is None else recusals,
    )
    ids = ids_of(inspectors, registers.experts, secret=SALT)
    frozen = {
        serial: staff_files(
            registers,
            task_items=rows,
            scope=rows.select("plan_row_id", "object_id").unique(),
            seat_count=2,
            year=YEAR,
            department_keys=KEYS,
            secret=SALT,
        )
        for (serial,), rows in owed.group_by("serial")
    }
    names = {key: name for name, key in KEYS.items()}
    return {serial: read_staff(files, departments=names, ids=ids, avoided={}) for serial, files in frozen.items()}
