"""The schedule as a workbook: days in order, what has none, whom to borrow; nobody's name."""

import io

import openpyxl
import polars as pl

from onevisit.visits.schedule_workbook import schedule_workbook
from onevisit.visits.tables import Borrowing, Pools, Schedule, Visits
from tests.onevisit.visits import samples
from tests.onevisit.visits.samples import HEALTH, INN, SHOP, YEAR, day


def made(*, is_reversed: bool = False) -> bytes:
    doors = [
        {"visit_id": "01", "object_id": SHOP},
        {"visit_id": "02", "object_id": INN},
        {"visit_id": "03", "object_id": INN},
    ]
    days = [{"visit_on": day("03-09"), "town": "隆盛镇"}, {"visit_on": day("03-08")}, {"reason": "没有工作日"}]
    window = {"departments": [HEALTH], "batch": 1, "first_on": day("03-05"), "last_on": day("03-12")}
    scheduled = [{**window, "visit_id": door["visit_id"], **one} for door, one in zip(doors, days, strict=True)]
    lent = {
        "visit_id": "03",
        "department": HEALTH,
        "item_codes": ["WJ-001"],
        "qualifications": [],
        "lent": 1,
        "pool": "邻县",
    }
    tables = {
        "schedule": samples.table(Schedule, {}, tuple(scheduled)),
        "visits": samples.table(Visits, {"lead_department": HEALTH}, tuple(doors)),
        "borrowing": samples.table(Borrowing, lent, ({},)),
        "pools": samples.table(Pools, {"pool": "邻县", "department": HEALTH}, ({},)),
        "names": pl.DataFrame({"object_id": [SHOP, INN], "name": ["某某商店", "某某旅馆"]}),
    }
    if is_reversed:
        tables = {name: frame.reverse() for name, frame in tables.items()}
    return schedule_workbook("某县", YEAR, **tables)


def test_days_come_in_order_and_what_has_none_or_lacks_people_has_its_sheet():
    book = openpyxl.load_workbook(io.BytesIO(made()))
    assert book.sheetnames == ["日程", "未排", "缺人和商借", "片区"]
    assert [book["日程"].cell(row, 3).value for row in (4, 5)] == ["某某旅馆", "某某商店"]
    assert book["未排"].cell(4, 6).value == "没有工作日"
    assert book["缺人和商借"].cell(4, 8).value == "邻县"


def test_the_order_of_rows_changes_no_byte():
    assert made() == made(is_reversed=True)
