"""A county of two departments: one whose lists are clean, one with every defect the review knows."""

import datetime as dt
from dataclasses import dataclass, fields, replace
from typing import Any

import polars as pl

from onevisit.codes import uscc_check_character
from onevisit.county import County, Demonstration, Department, ReviewRules, Shares
from onevisit.filings.rows import fields_of
from onevisit.filings.tables import Accounting
from onevisit.filings.tables import Refused as FilingsRefused
from onevisit.plan.tables import Conflicts, Submitted
from onevisit.plan.tables import Refused as PlanRefused
from onevisit.registries.tables import (
    DuplicatesToReview,
    Inspectors,
    InspectorSources,
    Interests,
    ItemDrift,
    Items,
    Objects,
    ObjectSources,
    Signals,
)
from onevisit.supervision.problems import Evidence
from onevisit.supervision.records import Registers
from onevisit.tables import Table, columns_of, frame_of

TODAY = dt.date(2027, 11, 15)
DUE = dt.date(2026, 12, 31)
POLICE, HEALTH = "县公安局", "县卫生健康局"
SHORT = {POLICE: "GA", HEALTH: "WJ"}
TOWN = "东镇"
OBJECTS_FILE, INSPECTORS_FILE, PLAN_FILE = "检查对象名录.csv", "执法检查人员名录.xlsx", "年度抽查计划.xlsx"

LEGAL_REP, PHONE, PERSON, CERTIFICATE, PERSON_KEY = "欧阳测试", "13912345678", "司徒测试", "51092300123", "a1b2c3d4e5"
PERSONAL = (LEGAL_REP, PHONE, PERSON, CERTIFICATE, PERSON_KEY)
"""What must never be in anything the review writes."""


def county(*, demonstration: bool = False, **review: Any) -> County:
    """Return the county; every share must be whole, so that one bad row is a shortfall."""
    whole = {
        registry: dict.fromkeys(type(getattr(Shares(), registry)).model_fields, 1.0) for registry in Shares.model_fields
    }
    scripted = Demonstration(seed="s", today=TODAY, sample_years=[2027]) if demonstration else None
    return County(
        name="甲县",
        code="510000",
        id_prefix="JX",
        list_version="2027版",
        towns=[TOWN],
        review=ReviewRules(shares=Shares.model_validate(whole), **review),
        demonstration=scripted,
        departments=[
            Department(key="ga", name=POLICE, prefix="GA", owner="team:ga", expected_objects=(1, 50)),
            Department(key="wj", name=HEALTH, prefix="WJ", owner="team:wj", expected_objects=(1, 50)),
        ],
        synonyms={},
        items_csv="",
        guides_csv="",
        calendar_csv="",
    )


@dataclass(frozen=True, slots=True)
class Case:
    """Everything the review reads."""

    registers: Registers
    evidence: Evidence

    def shuffled(self, seed: int) -> "Case":
        """Return the same with every table's rows in another order."""
        return Case(_shuffled(self.registers, seed), _shuffled(self.evidence, seed))


def _shuffled(tables: Any, seed: int) -> Any:
    frames = {one.name: getattr(tables, one.name) for one in fields(tables)}
    return replace(
        tables, **{name: frame.sample(fraction=1, shuffle=True, seed=seed) for name, frame in frames.items()}
    )


def clean() -> Case:
    """Return a county without a single defect."""
    return case({POLICE: [{}], HEALTH: [{}]}, {POLICE: [{}, {}], HEALTH: [{}, {}]})


def code(number: int) -> str:
    """Return a valid credit code."""
    first = f"91510923MA{number:07d}"
    return first + uscc_check_character(first)


def case(
    objects: dict[str, list[dict[str, Any]]],
    inspectors: dict[str, list[dict[str, Any]]],
    *,
    items: list[dict[str, Any]] | None = None,
    plan_refused: list[dict[str, Any]] | None = None,
    **tables: list[dict[str, Any]],
) -> Case:
    """Make a case of rows that differ from the clean ones only in what they name.

    An object's row may name filed fields, columns of `ObjectSources` (`s_…`) and of `Objects` (`o_…`).
    """
    filed, sources, merged = _object_tables(objects)
    people, person_rows = _inspector_tables(inspectors)
    drift = _rows(ItemDrift, tables.get("drift", []))
    duplicates = _rows(DuplicatesToReview, tables.get("duplicates", []))
    submitted = _rows(Submitted, [_plan_row(name) for name in objects])
    refused = _rows(PlanRefused, plan_refused or [])
    conflicts = _rows(Conflicts, tables.get("conflicts", []))
    filings_refused = tables.get("filings_refused", [])
    return Case(
        Registers(
            filed=filed,
            accounting=_accounting(filed, person_rows, len(filings_refused)),
            objects=merged,
            object_sources=sources,
            duplicates=duplicates,
            inspectors=people,
            inspector_sources=person_rows,
            items=_rows(Items, [_item(name) for name in objects] + [_item(**one) for one in items or []]),
            drift=drift,
            submitted=submitted,
            plan_refused=refused,
            conflicts=conflicts,
        ),
        Evidence(
            filings_refused=_rows(FilingsRefused, filings_refused),
            drift=drift,
            duplicates=duplicates,
            objects=merged,
            object_sources=sources,
            interests=_rows(Interests, tables.get("interests", [])),
            signals=_rows(Signals, tables.get("signals", [])),
            plan_refused=refused,
            conflicts=conflicts,
            submitted=submitted,
        ),
    )


def _object_tables(objects: dict[str, list[dict[str, Any]]]) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    filed: list[dict[str, Any]] = []
    sources: list[dict[str, Any]] = []
    merged: dict[str, dict[str, Any]] = {}
    for department, rows in objects.items():
        for row, changed in enumerate(rows, start=2):
            uscc = code(100 * list(SHORT).index(department) + row)
            place = {"department": department, "file": OBJECTS_FILE, "sheet": "", "row": row}
            own = {name: value for name, value in changed.items() if name[:2] not in ("s_", "o_")}
            filed.append({**dict.fromkeys(fields_of("objects")), **_filed_object(), **place, **own})
            source = {**_source(uscc, changed.get("source_id", f"{SHORT[department]}-{row}")), **place}
            source |= {name[2:]: value for name, value in changed.items() if name.startswith("s_")}
            sources.append(source)
            one = {**_merged(uscc), **{name[2:]: value for name, value in changed.items() if name.startswith("o_")}}
            merged.setdefault(source["object_id"], {**one, "object_id": source["object_id"]})
    schema = {"department": pl.String, "file": pl.String, "sheet": pl.String, "row": pl.Int64}
    schema |= dict.fromkeys(fields_of("objects"), pl.String)
    return (
        pl.DataFrame(filed, schema=schema),
        frame_of(ObjectSources, sources),
        frame_of(Objects, list(merged.values())),
    )


def _filed_object() -> dict[str, Any]:
    return {
        "name": "东镇某某旅馆",
        "address": "东镇正街1号",
        "legal_rep": LEGAL_REP,
        "phone": PHONE,
        "opened_on": "2015年3月1日",
        "town": TOWN,
        "updated_on": "2027-09-01",
        "tags": "旅馆",
    }


def _source(uscc: str, source_id: str | None) -> dict[str, Any]:
    return {
        "object_id": uscc,
        "source_id": source_id,
        "name": "东镇某某旅馆",
        "code_kind": "uscc",
        "code": uscc,
        "town": TOWN,
        "state": "存续",
        "tags": ["旅馆"],
        "matched_by": "code",
    }


def _merged(uscc: str) -> dict[str, Any]:
    return {
        "object_id": uscc,
        "uscc": uscc,
        "name": "东镇某某旅馆",
        "object_kind": "个体工商户",
        "address": "东镇正街1号",
        "town": TOWN,
        "state": "存续",
        "is_living": True,
        "opened_on": None,
        "legal_rep": LEGAL_REP,
        "phone": PHONE,
        "tags": ["旅馆"],
        "departments": [],
        "credit_class": "B",
        "is_abnormal": False,
        "complaint_count": 0,
        "record_count": 1,
        "updated_on": None,
    }


def _inspector_tables(inspectors: dict[str, list[dict[str, Any]]]) -> tuple[pl.DataFrame, pl.DataFrame]:
    people: dict[str, dict[str, Any]] = {}
    rows: list[dict[str, Any]] = []
    for department, persons in inspectors.items():
        for row, changed in enumerate(persons, start=2):
            person_id = changed.get("person_id", f"P-{SHORT[department]}{row}")
            person = {
                "person_id": person_id,
                "person_key": PERSON_KEY,
                "name": PERSON,
                "departments": [department],
                "person_kind": "执法人员",
                "qualifications": [],
                "item_codes": [f"{SHORT[department]}-001"],
                "certificate_no": CERTIFICATE,
                "certificate_valid_to": dt.date(2030, 1, 1),
                "birth_year": 1985,
                "phone_key": None,
                "is_valid": True,
                "unavailability": None,
                "is_eligible": True,
            }
            people.setdefault(person_id, person | {name: changed[name] for name in changed if name in person})
            rows.append(
                {
                    "person_id": person_id,
                    "department": department,
                    "file": INSPECTORS_FILE,
                    "sheet": "",
                    "row": row,
                    "source_id": changed.get("source_id", f"N{row}"),
                    "item_codes": changed.get("item_codes", person["item_codes"]),
                    "qualifications": [],
                    "matched_by": "id",
                }
            )
    return frame_of(Inspectors, list(people.values())), frame_of(InspectorSources, rows)


def _item(department: str, **changed: Any) -> dict[str, Any]:
    return {
        **dict.fromkeys(column.name for column in columns_of(Items)),
        "item_code": f"{SHORT[department]}-001",
        "department": department,
        "category": "治安",
        "item_name": "旅馆检查",
        "tier": "general",
        "object_scope": "旅馆",
        "tags": ["旅馆"],
        "methods": ["现场检查"],
        "is_expert_needed": False,
        "list_version": "2027版",
        "content": ["登记"],
        "materials": [],
        "has_guide": True,
        **changed,
    }


def _plan_row(department: str) -> dict[str, Any]:
    return {
        "plan_row_id": f"{SHORT[department]}-2027-001",
        "department": department,
        "task_name": "旅馆检查",
        "draw_type": "定向",
        "item_code": f"{SHORT[department]}-001",
        "item_name": "旅馆检查",
        "tier": "general",
        "scope_text": "旅馆",
        "towns": [],
        "ratio_text": "5%",
        "is_by_class": False,
        "ratio_kind": "rate",
        "rate_bp": [500] * 5,
        "object_count": None,
        "least": 0,
        "method": "现场检查",
        "is_on_site": True,
        "starts_on": dt.date(2027, 3, 1),
        "ends_on": dt.date(2027, 6, 30),
        "partners": [],
        "partner_items": [],
        "matching": "分组",
        "is_exclusive": False,
        "scope_count": 1,
        "expected_count": 0.05,
        "note": None,
        "filed_digest": "0" * 12,
        "file": PLAN_FILE,
        "sheet": "计划",
        "row": 2,
    }


def _accounting(filed: pl.DataFrame, people: pl.DataFrame, refused: int) -> pl.DataFrame:
    rows: list[dict[str, Any]] = []
    for kind, frame, file in (("objects", filed, OBJECTS_FILE), ("inspectors", people, INSPECTORS_FILE)):
        for department in (POLICE, HEALTH):
            kept = frame.filter(pl.col("department") == department).height
            lost = refused if kind == "objects" and department == HEALTH else 0
            rows.append(
                {
                    "department": department,
                    "kind": kind,
                    "file": file,
                    "sheet": "",
                    "read_count": kept + lost,
                    "kept_count": kept,
                    "refused_count": lost,
                    "noted_count": 0,
                }
            )
    return _rows(Accounting, rows)


def _rows(model: type[Table], rows: list[dict[str, Any]]) -> pl.DataFrame:
    return frame_of(model, rows)


EXPIRED = dt.date(2027, 11, 5)

DIRTY_OBJECTS: list[tuple[str, dict[str, Any]]] = [
    ("objects.record", {"source_id": None}),
    ("objects.name", {"s_name": "店"}),
    ("objects.code", {"s_code_kind": "none", "s_code": "", "s_object_id": "JX-1", "o_uscc": None}),
    ("objects.code_valid", {"s_code_kind": "broken", "s_code": "91510923"}),
    ("objects.uscc", {"s_code_kind": "organisation", "s_code": "MA0000001"}),
    ("objects.address", {"address": None}),
    ("objects.legal_rep", {"legal_rep": "  "}),
    ("objects.phone", {"phone": None}),
    ("objects.phone_form", {"phone": "1391234567"}),
    ("objects.opened_on", {"opened_on": None}),
    ("objects.opened_range", {"opened_on": "1900-01-01"}),
    ("objects.opened_range", {"opened_on": "不详"}),
    ("objects.opened_range", {"opened_on": "2028-01-01"}),
    ("objects.town", {"s_town": None, "o_town": None}),
    ("objects.town_spelling", {"town": "东正镇"}),
    ("objects.tags", {"s_tags": []}),
    ("objects.updated_on", {"updated_on": None}),
    ("objects.fresh", {"updated_on": "2025-12-30"}),
    ("objects.state", {"o_state": "注销", "o_is_living": False}),
    ("objects.single", {"s_object_id": code(100 + 2)}),
    ("objects.item", {"s_tags": ["网吧"]}),
]
"""The defect each row of the health department's list has, and the measure that must find it; row 2 is the first."""

DIRTY_INSPECTORS: list[tuple[str, dict[str, Any]]] = [
    ("", {}),
    ("inspectors.record", {"source_id": None}),
    ("inspectors.certificate", {"certificate_no": None}),
    ("inspectors.certificate", {"certificate_valid_to": None}),
    ("inspectors.certificate_valid", {"certificate_valid_to": EXPIRED}),
    ("inspectors.items", {"item_codes": []}),
    ("inspectors.eligible", {"is_eligible": False}),
    ("inspectors.single", {"person_id": "P-WJ2"}),
]


def dirty() -> Case:
    """Return a county whose police has clean lists and whose health department has every defect."""
    refused = {
        "department": HEALTH,
        "kind": "objects",
        "file": OBJECTS_FILE,
        "sheet": "",
        "row": 90,
        "column": "法定代表人",
        "value": LEGAL_REP,
        "code": "F031",
        "reason": "行中的列数与表头不符。",
        "fix": "请补齐这一行。",
    }
    conflict = {
        "plan_row_id": "WJ-2027-001",
        "department": HEALTH,
        "kind": "partner_outside",
        "value": "县消防救援大队",
        "code": "P031",
        "reason": "配合部门不在十六个部门之内。",
        "fix": "请另行协商。",
    }
    returned = {
        "plan_row_id": "",
        "department": HEALTH,
        "file": PLAN_FILE,
        "sheet": "计划",
        "row": 9,
        "column": "抽查比例（数量）",
        "value": "",
        "code": "P012",
        "reason": "没有填写抽查比例。",
        "fix": "请补填。",
    }
    drift = {"department": HEALTH, "filed": "15%", "recorded": "10%", "file": "随机抽查事项清单.xlsx"}
    interest = {"expert_id": None, "relation": "亲属", "declared_by": "本人申报", "file": "利害关系回避申报.xlsx"}
    return case(
        {POLICE: [{}], HEALTH: [row for _, row in DIRTY_OBJECTS]},
        {POLICE: [{}, {}], HEALTH: [row for _, row in DIRTY_INSPECTORS]},
        items=[
            {"department": HEALTH, "item_code": "WJ-002", "tags": ["医疗机构"]},
            {"department": HEALTH, "item_code": "WJ-003", "has_guide": False, "qualification": "药品检查员"},
        ],
        plan_refused=[returned],
        conflicts=[conflict],
        filings_refused=[refused],
        drift=[
            {**drift, "item_code": "WJ-001", "problem": "ratio", "row": 3},
            {**drift, "item_code": "WJ-099", "problem": "not_on_record", "recorded": None, "row": 4},
        ],
        duplicates=[
            {
                "left_id": code(2),
                "right_id": code(102),
                "left_name": "东镇某某旅馆",
                "right_name": "东镇某某旅馆",
                "department": HEALTH,
                "left_department": "县市场监管局",
                "right_department": HEALTH,
                "right_file": "检查对象名录.csv",
                "right_row": 2,
                "reason": "看起来是同一家，信用代码却不同。",
            }
        ],
        interests=[
            {**interest, "department": HEALTH, "person_id": None, "object_id": code(2), "row": 5},
            {**interest, "department": HEALTH, "person_id": "P-GA2", "object_id": None, "row": 6},
        ],
        signals=[
            {
                "object_id": None,
                "kind": "credit",
                "value": "C",
                "on": None,
                "is_counted": True,
                "department": HEALTH,
                "file": "信用风险分类.csv",
                "row": 7,
            }
        ],
    )
