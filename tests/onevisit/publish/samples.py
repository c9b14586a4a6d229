"""A small site: every state a page can show, and names that try to break out of it."""

import datetime as dt
from typing import Any

import polars as pl

from onevisit.publish.site import Site
from onevisit.publish.tables import PublicDrawn, PublicItems, PublicPlan, PublicResults, PublicRounds
from onevisit.tables import frame_of

TODAY = dt.date(2027, 5, 20)
SCRIPT = "</script><script>alert(1)</script>超市"
TEMPLATE = "{{7*7}}{% raw %}餐馆"
FORMULA = '=HYPERLINK("http://example.com","点")'

OPENED = "510923-2027-01-1"
VOIDED = "510923-2027-02-1"
WITNESSED = "510923-2027-02-2"
LOCKED = "510923-2027-03-1"

ITEMS: list[dict[str, Any]] = [
    {
        "item_code": "SCJG-001",
        "department": "县市场监管局",
        "category": "登记事项检查",
        "item_name": "营业执照（登记证）规范使用情况的检查",
        "tier": "一般检查事项",
        "object_scope": "企业；个体工商户；农民专业合作社",
        "methods": "现场检查、书面检查、网络监测",
        "ratio_text": "不超过3%/年；同一单位不超过2次/年",
        "content": "营业执照正本置于住所醒目位置；无伪造、涂改、出租、出借、转让执照",
        "materials": "营业执照正、副本；经营场所门头和内部照片",
        "legal_basis": "公司法；市场主体登记管理条例",
        "list_version": "2027版",
    },
    {
        "item_code": "SCJG-040",
        "department": "县市场监管局",
        "category": "食品安全检查",
        "item_name": "食品销售监督检查",
        "tier": "重点检查事项",
        "object_scope": "食品销售者",
        "methods": "现场检查",
        "ratio_text": None,
        "content": None,
        "materials": None,
        "legal_basis": None,
        "list_version": "2027版",
    },
    {
        "item_code": "WSJK-003",
        "department": "县卫生健康局",
        "category": "公共场所卫生检查",
        "item_name": "公共场所卫生监督检查",
        "tier": "重点检查事项",
        "object_scope": "公共场所",
        "methods": "现场检查",
        "ratio_text": "不低于10%/年",
        "content": "卫生许可证在有效期内",
        "materials": "卫生许可证",
        "legal_basis": "公共场所卫生管理条例",
        "list_version": "2027版",
    },
]


def task(number: int, **changed: Any) -> dict[str, Any]:
    """One plan row: a task of one department that has begun."""
    return {
        "task_id": f"T{number:03d}",
        "name": f"县市场监管局食品销售抽查{number}",
        "draw_type": "不定向",
        "items": "食品销售监督检查",
        "scope": "食品经营",
        "scope_count": 412,
        "ratios": "5%",
        "methods": "现场检查",
        "starts_on": dt.date(2027, 3, 1),
        "ends_on": dt.date(2027, 4, 30),
        "lead_department": "县市场监管局",
        "partners": None,
        "plan_rows": f"SCJG-2027-{number:02d}",
        **changed,
    }


def drawn(number: int, **changed: Any) -> dict[str, Any]:
    """One business drawn for the joint task T001."""
    return {
        "serial": OPENED,
        "task_id": "T001",
        "object_id": f"DY-{number:06d}",
        "name": f"大英县第{number}号百货超市",
        "items": "SCJG-040、WSJK-003",
        "departments": "县卫生健康局、县市场监管局",
        "batch": number % 4 + 1,
        "is_substitute": False,
        "is_lost": False,
        **changed,
    }


def result(number: int, **changed: Any) -> dict[str, Any]:
    """One result of T001 where nothing was found."""
    return {
        "plan_row_id": "SCJG-2027-01",
        "task_id": "T001",
        "task_name": "县市场监管局、县卫生健康局联合抽查",
        "item_name": "食品销售监督检查",
        "department": "县市场监管局",
        "object_id": f"DY-{number:06d}",
        "name": f"大英县第{number}号百货超市",
        "checked_on": dt.date(2027, 4, 2),
        "result": "未发现问题",
        **changed,
    }


def round_of(serial: str, **changed: Any) -> dict[str, Any]:
    """One open round whose lock has ended."""
    return {
        "serial": serial,
        "draws_on": dt.date(2027, 2, 24),
        "task_ids": "T001",
        "disclosure": "全程公开",
        "state": "已抽取",
        "locked_until": dt.date(2027, 3, 1),
        "commitment": "ab" * 32,
        "merkle_root": "cd" * 32,
        "seed": "ef" * 32,
        "trail_head": "12" * 32,
        "drawn_count": 6,
        **changed,
    }


PLAN = [
    task(
        1,
        name="县市场监管局、县卫生健康局联合抽查",
        items="食品销售监督检查；公共场所卫生监督检查",
        lead_department="县市场监管局",
        partners="县卫生健康局",
        plan_rows="SCJG-2027-01、WSJK-2027-03",
    ),
    task(2, starts_on=dt.date(2027, 5, 6), ends_on=dt.date(2027, 6, 30), ratios="按信用风险分类实施差异化抽查"),
    task(3, starts_on=dt.date(2027, 6, 1), ends_on=dt.date(2027, 7, 15)),
    task(4, starts_on=dt.date(2027, 11, 16), ends_on=dt.date(2027, 12, 31), items="清单上没有的名称"),
]

ROUNDS = [
    round_of(OPENED),
    round_of(VOIDED, task_ids="T002", disclosure="见证公开", state="已作废", seed=None, drawn_count=None),
    round_of(
        WITNESSED,
        draws_on=dt.date(2027, 4, 29),
        task_ids="T002",
        disclosure="见证公开",
        locked_until=dt.date(2027, 5, 6),
        drawn_count=1,
    ),
    round_of(
        LOCKED,
        draws_on=dt.date(2027, 5, 18),
        task_ids="T003",
        locked_until=dt.date(2027, 6, 1),
        seed=None,
        trail_head=None,
        drawn_count=None,
    ),
]

DRAWN = [
    drawn(1),
    drawn(2, name=SCRIPT),
    drawn(3, name=TEMPLATE),
    drawn(4, name=FORMULA),
    drawn(5, items="", departments="", batch=None, is_lost=True),
    drawn(6, is_substitute=True),
    drawn(1, serial=WITNESSED, task_id="T002", items="SCJG-040", departments="县市场监管局"),
]

RESULTS = [
    result(1),
    result(1, item_name="公共场所卫生监督检查", department="县卫生健康局", plan_row_id="WSJK-2027-03"),
    result(2, name=SCRIPT, result="发现问题已责令改正；未按规定公示应当公示的信息"),
    result(3, name=TEMPLATE, result="注销"),
]

EVIDENCE = {
    OPENED: {"COMMITMENT": 65, "COMMITS": 240, "REVEALS": 300, "SEED": 65, "TRAIL": 2048, "verify.py": 31245}
    | {"objects.tsv": 1_572_864, "void/510923-2027-01-0/COMMITS": 65},
    WITNESSED: {"COMMITMENT": 65, "COMMITS": 240, "REVEALS": 300, "SEED": 65, "TRAIL": 2048, "verify.py": 31245},
    LOCKED: {"COMMITMENT": 65, "COMMITS": 240, "ROOT": 65, "DRAW": 17, "chains.tsv": 150},
}

OPEN_DATA = {"items.csv": 1200, "items.jsonl": 900, "drawn.csv": 64000, "全部数据.xlsx": 99000, "SHA256SUMS": 800}


def small_site(**changed: Any) -> Site:
    """The whole small site, or with other parts."""
    parts: dict[str, Any] = {
        "county": "大英县",
        "year": 2027,
        "as_of": TODAY,
        "is_demonstration": True,
        "plan_fingerprint": "0123456789abcdef" * 4,
        "items": frame_of(PublicItems, ITEMS),
        "plan": frame_of(PublicPlan, PLAN),
        "rounds": frame_of(PublicRounds, ROUNDS),
        "drawn": frame_of(PublicDrawn, DRAWN),
        "results": frame_of(PublicResults, RESULTS),
        "evidence": EVIDENCE,
        "open_data": OPEN_DATA,
    }
    return Site(**{**parts, **changed})


def empty_site() -> Site:
    """A site on the first day of the year: a list of items and nothing else."""
    none: dict[str, pl.DataFrame] = {
        "plan": frame_of(PublicPlan, []),
        "rounds": frame_of(PublicRounds, []),
        "drawn": frame_of(PublicDrawn, []),
        "results": frame_of(PublicResults, []),
    }
    return small_site(evidence={}, open_data={}, **none)
