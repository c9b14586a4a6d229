"""A county of a few shops: frames of the registries and plan rows as filed, each test changes what it needs."""

import datetime as dt
from typing import Any

import polars as pl

from onevisit.filings.kinds import KINDS
from onevisit.plan.merge import plan_of, propose_merges
from onevisit.plan.tables import Rulings
from onevisit.registries.tables import Inspectors, InspectorSources, Items, Objects, ObjectSources
from onevisit.tables import frame_of

POLICE, CULTURE, MARKET = "县公安局", "县文化广电旅游局", "县市场监管局"

OBJECT = {
    "uscc": None, "object_kind": "企业", "address": None, "town": "蓬莱镇", "state": "存续", "is_living": True,
    "opened_on": None, "legal_rep": None, "phone": None, "tags": [], "departments": [], "credit_class": "A",
    "is_abnormal": False, "complaint_count": 0, "record_count": 1, "updated_on": None,
}  # fmt: skip
SOURCE = {
    "file": "检查对象名录.csv", "sheet": "", "row": 2, "source_id": None, "code_kind": "none", "code": "",
    "town": None, "state": "存续", "matched_by": "alone", "department": POLICE, "tags": ["旅馆"],
}  # fmt: skip
ITEM = {
    "category": "", "tier": "general", "object_scope": "", "tags": [], "methods": ["现场检查"], "ratio_text": None,
    "ratio_max_bp": None, "frequency_max": None, "qualification": None, "is_expert_needed": False,
    "legal_basis": None, "list_version": "2027版", "content": [], "guide_method": None, "materials": [],
    "has_guide": True,
}  # fmt: skip
FILED = {
    "department": POLICE, "file": "年度抽查计划.xlsx", "sheet": "计划", "row": 4,
    "plan_row_id": "GA-2027-01", "item_code": "GA-002", "scope_text": "旅馆", "ratio_text": "10%", "method": "现场检查",
    "window_text": "2027年04月01日至2027年06月30日", "area": "全县", "draw_type": "定向", "matching": "分组",
}  # fmt: skip
PERSON = {
    "name": "某人", "departments": [POLICE], "person_kind": "执法人员", "qualifications": [], "item_codes": ["GA-002"],
    "certificate_valid_to": dt.date(2030, 1, 1), "is_valid": True, "is_eligible": True,
}  # fmt: skip
RULING = {
    "log_year": 2027, "value": "", "by": "甲", "role": "reviewer", "at": "2026-12-01T09:00:00+08:00", "why": "",
    "channel": "", "plan_fingerprint": "f", "is_in_effect": True,
}  # fmt: skip
ITEMS = [
    {"item_code": "GA-002", "department": POLICE, "item_name": "对旅馆业特种行业的检查"},
    {"item_code": "GA-011", "department": POLICE, "item_name": "爆破作业单位检查", "tier": "key"},
    {"item_code": "WL-001", "department": CULTURE, "item_name": "娱乐场所检查", "ratio_max_bp": 3000},
    {"item_code": "SCJG-025", "department": MARKET, "item_name": "价格行为检查"},
]


def objects(classes: str = "A" * 20, **columns: object) -> pl.DataFrame:
    """Objects O-000, O-001 … of given classes; keywords change a column of all of them."""
    rows = [
        {**OBJECT, "object_id": f"O-{n:03d}", "name": f"店{n}", "credit_class": letter, **columns}
        for n, letter in enumerate(classes)
    ]
    return frame_of(Objects, rows)


def sources(objects: pl.DataFrame, **columns: object) -> pl.DataFrame:
    """One record per object in a department's list, tagged 旅馆 unless told otherwise."""
    return frame_of(ObjectSources, [{**SOURCE, "object_id": o, "name": o, **columns} for o in objects["object_id"]])


def staff(*people: dict[str, object]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Inspectors and who lists them: the police unless told otherwise."""
    rows = [{**PERSON, "person_id": f"P-{n:04d}", "certificate_no": f"C{n}", **who} for n, who in enumerate(people)]
    lists = [{"department": row["departments"][0], **row} for row in rows]
    return tuple(
        frame_of(model, [{name: row[name] for name in model.to_schema().columns if name in row} for row in lists])
        for model in (Inspectors, InspectorSources)
    )


def items() -> pl.DataFrame:
    """The list of record: four items, one of them key, one with a limit of its own."""
    return frame_of(Items, [{**ITEM, **item} for item in ITEMS])


def filed(*changes: dict[str, object]) -> pl.DataFrame:
    """Plan rows as filed, one per set of changes; each on its own line of the file."""
    fields = dict.fromkeys(KINDS["plan"].fields)
    rows = [{**fields, **FILED, "row": 4 + n, **change} for n, change in enumerate(changes)]
    schema = {name: pl.Int64 if name == "row" else pl.String for name in {**fields, **FILED}}
    return pl.DataFrame(rows, schema=schema)


def day(number: int) -> dt.date:
    """Day 1 to 365 of the plan year."""
    return dt.date(2027, 1, 1) + dt.timedelta(days=number - 1)


def rulings(*given: tuple[str, ...]) -> pl.DataFrame:
    """Rulings in effect: topic, subject, answer and, where it asks for one, value; numbered as they come."""
    rows = [
        {**RULING, "seq": number, **dict(zip(("topic", "subject", "answer", "value"), one, strict=False))}
        for number, one in enumerate(given, start=1)
    ]
    return frame_of(Rulings, rows)


def merged(submitted: pl.DataFrame, *, rulings: pl.DataFrame | None = None, **given: Any) -> pl.DataFrame:
    """The steps of merging, without a ruling unless told otherwise."""
    asked = frame_of(Rulings, []) if rulings is None else rulings
    return propose_merges(plan_of(submitted, rulings=asked, **given))
