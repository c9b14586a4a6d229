"""A small review for tests: four pairs of one department, one of another, and who filled the workbook in."""

import datetime as dt
import io
from collections.abc import Mapping

import openpyxl
import polars as pl

from onevisit.decisions import Entry, extended
from onevisit.registries.judgements import Judgement, Ruling, entry_of, judgements, pair_of
from onevisit.registries.review_workbook import JUDGED, PAIRS, Review, review_workbook
from onevisit.registries.tables import DuplicatesToReview, ObjectSources
from onevisit.tables import frame_of
from tests.onevisit.registries.samples import HEALTH, MARKET, TAX, uscc

YEAR = 2027
DUE = dt.date(2026, 12, 8)
ROW = {"R-0000000001": 4, "R-0000000002": 6, "R-0000000003": 8, "R-0000000004": 10}
"""Row of each pair's upper line in the workbook of HEALTH."""
TWO_CODES = (uscc(1), uscc(2))

_SIDE = {
    "id": "O-1",
    "department": MARKET,
    "file": "检查对象名录.xlsx",
    "sheet": "Sheet1",
    "row": 2,
    "name": "大英县云诚超市",
    "code": "",
    "address": "蓬莱镇江南路12号",
    "town": "蓬莱镇",
    "legal_rep": "张三丰",
    "phone": "138****5678",
    "opened_on": dt.date(2019, 5, 1),
    "state": "存续",
}


def pair(number: int, left: Mapping[str, object], right: Mapping[str, object], **changes: object) -> dict[str, object]:
    """Return a row of `DuplicatesToReview`; only what a test is about is said."""
    sides = {
        **{f"left_{name}": value for name, value in (_SIDE | dict(left)).items()},
        **{f"right_{name}": value for name, value in (_SIDE | {"department": HEALTH, "row": 7} | dict(right)).items()},
    }
    base = {
        "pair_id": f"R-{number:010d}",
        "department": HEALTH,
        "kind": "likely_same",
        "probability": round(0.9 - number / 10, 2),
        "reason": "各项比较后可能是同一对象，但把握不够，系统没有合并。",
        "waterfall": "-8.0　两条值得比较的记录，起点\n+6.1　名称同音：大英县云诚超市｜大英县云成超市\n+1.2　合计",
    }
    return {**base, **sides, **changes}


PAIRS_ASKED = (
    pair(1, {"key": "scjg:1"}, {"key": "wj:1", "name": "大英县云成超市", "phone": "138****9999"}),
    pair(2, {"key": "scjg:2", "name": "=HYPERLINK(1)"}, {"key": "wj:2", "address": None, "opened_on": None}),
    pair(3, {"key": "scjg:3", "code": TWO_CODES[0]}, {"key": "wj:3", "code": TWO_CODES[1]}, kind="two_codes"),
    pair(4, {"key": "scjg:1"}, {"key": "wj:4", "code": "510923********1234"}, probability=None),
    pair(5, {"key": "scjg:5"}, {"key": "tax:5", "department": TAX}, department=TAX),
)


def sources(rows: tuple[dict[str, object], ...] = PAIRS_ASKED) -> pl.DataFrame:
    records = {
        str(row[f"{side}_key"]): {
            "object_id": row[f"{side}_id"],
            "record_key": row[f"{side}_key"],
            "is_code_trusted": len(str(row[f"{side}_code"])) == 18 and "*" not in str(row[f"{side}_code"]),
            "tags": [],
            "matched_by": "alone",
            **{name: row[f"{side}_{name}"] for name in ("department", "file", "sheet", "row", "name", "code", "town")},
        }
        for row in rows
        for side in ("left", "right")
    }
    return frame_of(ObjectSources, list(records.values()))


def said(number: int, one: str, ruling: Ruling, other: str, *, by: str = "王五", why: str = "已核对") -> Entry:
    judgement = Judgement(f"R-{number:010d}", pair_of(one, other), ruling, by, why, "command line")
    return entry_of(judgement, at="2026-11-05T10:00:00+08:00", is_demonstration=False)


def review(*entries: Entry, rows: tuple[dict[str, object], ...] = PAIRS_ASKED) -> Review:
    """Return the review, after judgements that are in the log already."""
    held = judgements([(YEAR, extended([], list(entries)))])
    return Review("大英县", YEAR, frame_of(DuplicatesToReview, list(rows)), held, sources(rows))


def sent(*entries: Entry) -> openpyxl.Workbook:
    """Return the workbook of HEALTH as somebody opens it."""
    return openpyxl.load_workbook(io.BytesIO(review_workbook(review(*entries), HEALTH, due=DUE)))


def put(book: openpyxl.Workbook, row: int, texts: Mapping[str, object], *, sheet: str = PAIRS.name) -> None:
    """Write into cells of a row, by the titles of their columns."""
    titles = [column.title for column in (PAIRS if sheet == PAIRS.name else JUDGED).columns]
    for title, value in texts.items():
        book[sheet].cell(row, titles.index(title) + 1).value = value


def answer(judgement: str, reason: str = "同一门店", judge: str = "李四") -> dict[str, object]:
    return {"判断": judgement, "理由": reason, "判断人": judge}


def saved(book: openpyxl.Workbook) -> bytes:
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()
