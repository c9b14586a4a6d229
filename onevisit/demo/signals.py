"""What else is filed about businesses: credit classes, abnormal operation, complaints, checks for cause."""

import datetime as dt
from collections.abc import Mapping, Sequence
from random import Random

from onevisit.county import County, Department
from onevisit.demo.headers import header_of
from onevisit.demo.population import Subject
from onevisit.demo.workbooks import csv_file

_CATEGORIES = ("食品安全", "质量", "价格", "虚假宣传", "环境", "劳动纠纷", "消防通道")
_REASONS = (
    "未按规定公示年度报告",
    "通过登记的住所（经营场所）无法联系",
    "公示信息隐瞒真实情况、弄虚作假",
)
_CAUSES = ("投诉举报", "上级交办", "专项检查", "整改复查")


def signal_files(
    county: County, department: Department, subjects: Sequence[Subject], *, year: int, rng: Random
) -> dict[str, bytes]:
    """Return the files that the registering authority hands in about subjects."""
    return {
        "信用风险分类.csv": _credit(county, department, subjects, year, rng),
        "经营异常名录.csv": _abnormal(county, department, subjects, year, rng),
        "投诉举报.csv": _complaints(county, department, subjects, year, rng),
    }


def other_check_files(
    county: County,
    department: Department,
    subjects: Sequence[Subject],
    item: Mapping[str, str],
    *,
    year: int,
    rng: Random,
) -> dict[str, bytes]:
    """Return the checks a department made for cause: they count against the yearly number of visits."""
    fields = ("source_id", "name", "code", "checked_by", "item_code", "item_name", "checked_on", "cause")
    listed = [one for one in subjects if department.key in one.listed_by and one.code]
    rows: list[list[str]] = []
    for number, one in enumerate(rng.sample(listed, min(len(listed), max(3, len(listed) // 60))), start=1):
        day = dt.date(year, 1, 4) + dt.timedelta(days=rng.randrange(50))
        rows.append(
            [f"{department.prefix}-JC-{number:03d}", one.name, one.code, department.name, item["item_code"],
             item["item_name"], day.isoformat(), rng.choice(_CAUSES)]
        )  # fmt: skip
    return {"其他检查记录.csv": csv_file(header_of(county, department, "other_checks", fields), rows, "utf-8-sig")}


def _day_before(year: int, most_days: int, rng: Random) -> str:
    return (dt.date(year - 1, 12, 5) - dt.timedelta(days=rng.randrange(most_days))).isoformat()


def _credit(county: County, department: Department, subjects: Sequence[Subject], year: int, rng: Random) -> bytes:
    fields = ("code", "name", "credit_class", "assessed_on")
    rows: list[list[str]] = []
    for one in subjects:
        if not one.credit_class:
            continue
        if rng.random() < 0.02:
            rows.append([one.code, one.name, rng.choice("ABCD"), f"{year - 1}-06-15"])
        code = one.code.lower() if rng.random() < 0.01 else one.code
        rows.append([code, one.name, one.credit_class, _day_before(year, 30, rng)])
    rows.insert(len(rows) // 2, [subjects[0].code or subjects[1].code, subjects[0].name, "E", f"{year - 1}-11-30"])
    return csv_file(header_of(county, department, "credit", fields), rows, "utf-8-sig")


def _abnormal(county: County, department: Department, subjects: Sequence[Subject], year: int, rng: Random) -> bytes:
    fields = ("code", "name", "reason", "listed_on", "lifted_on")
    companies = [one for one in subjects if one.kind in ("co", "coop") and one.state == "存续"]
    rows: list[list[str]] = []
    for one in rng.sample(companies, max(1, len(companies) // 50)):
        lifted = _day_before(year, 60, rng) if rng.random() < 0.3 else ""
        listed = (dt.date(year - 1, 7, 1) - dt.timedelta(days=rng.randrange(700))).isoformat()
        rows.append([one.code, one.name, rng.choice(_REASONS), listed, lifted])
    return csv_file(header_of(county, department, "abnormal", fields), rows, "gb18030")


def _complaints(county: County, department: Department, subjects: Sequence[Subject], year: int, rng: Random) -> bytes:
    fields = ("source_id", "channel", "received_on", "name", "code", "category", "is_substantiated")
    living = [one for one in subjects if one.kind in ("ind", "co", "branch") and one.state == "存续"]
    rows: list[list[str]] = []
    for number, one in enumerate(rng.choices(living, k=max(3, len(living) // 30)), start=1):
        rows.append(
            [f"TS{number:06d}", rng.choice(("12315", "12345", "信访", "转办", "媒体")), _day_before(year, 400, rng),
             one.name, one.code if rng.random() < 0.5 else "", rng.choice(_CATEGORIES),
             rng.choices(("是", "否", "待查"), weights=(45, 40, 15))[0]]
        )  # fmt: skip
    rows.append([f"TS{len(rows) + 1:06d}", "12345", f"{year - 1}-06-31", living[0].name, "", _CATEGORIES[0], "待查"])
    return csv_file(header_of(county, department, "complaints", fields), rows, "utf-8")
