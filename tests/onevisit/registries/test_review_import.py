"""A filled workbook is read whole: every judgement in it, or every mistake, each with its cell and the remedy."""

import io
import subprocess
from pathlib import Path

import openpyxl
import pytest

from onevisit.decisions import Entry
from onevisit.errors import RefusedError
from onevisit.forms import FACTS
from onevisit.registries.judgements import entry_of
from onevisit.registries.review_import import Returned, read_review
from onevisit.registries.review_workbook import review_workbook
from tests.onevisit.registries.reviews import (
    DUE,
    PAIRS_ASKED,
    ROW,
    TWO_CODES,
    answer,
    pair,
    put,
    review,
    said,
    saved,
    sent,
)
from tests.onevisit.registries.samples import HEALTH

NAME = "县卫生健康局.xlsx"
RED = "FFFF7C80"
ONE, TWO, THREE, FOUR = ROW.values()


def read(content: bytes, *entries: Entry, by: str = "", channels: frozenset[str] = frozenset()) -> Returned:
    return read_review(NAME, content, review(*entries), channels=channels, by=by)


def faults(returned: Returned) -> set[tuple[str, str, int, str]]:
    assert returned.judgements == ()
    found = (fault.problem for fault in returned.filled.faults)
    return {(one.code, one.sheet, one.row, one.column) for one in found}


def again(returned: Returned, *entries: Entry) -> openpyxl.Workbook:
    content = review_workbook(review(*entries), returned.department, due=DUE, filled=returned.filled)
    return openpyxl.load_workbook(io.BytesIO(content))


def cell(book, sheet, row, title):
    heads = [head.value for head in book[sheet][3]]
    return book[sheet].cell(row, heads.index(title) + 1)


def test_every_judgement_is_read_with_who_and_why_and_where_it_stands():
    book = sent()
    put(book, ONE, answer(" 同一对象 "))
    put(book, TWO, answer("不同对象", "两家门店", "王五"))
    put(book, FOUR, answer("说不清", ""))
    returned = read(saved(book))
    assert returned.filled.faults == ()
    assert [(one.pair_id, one.pair, one.ruling, one.by, one.why) for one in returned.judgements] == [
        ("R-0000000001", ("scjg:1", "wj:1"), "same", "李四", "同一门店"),
        ("R-0000000002", ("scjg:2", "wj:2"), "different", "王五", "两家门店"),
        ("R-0000000004", ("scjg:1", "wj:4"), "unsure", "李四", ""),
    ]
    [first, *_] = [one.channel.split() for one in returned.judgements]
    assert (first[0], len(first[1]), first[2:]) == ("workbook", 16, ["疑似重复", "row", "4"])


def test_a_row_that_is_deleted_or_left_blank_is_not_judged():
    book = sent()
    put(book, FOUR, answer("不同对象"))
    for merged in list(book["疑似重复"].merged_cells.ranges):
        book["疑似重复"].unmerge_cells(str(merged))
    book["疑似重复"].delete_rows(TWO, 2)
    [only] = read(saved(book)).judgements
    assert only.pair_id == "R-0000000004"
    assert only.channel.endswith("row 8")


PLANTED = {
    ("R044", "疑似重复", ONE, "判断"),
    ("R046", "疑似重复", ONE, "判断人"),
    ("R047", "疑似重复", ONE + 1, "地址"),
    ("R045", "疑似重复", TWO, "理由"),
    ("R047", "疑似重复", TWO, "可能性"),
    ("R051", "疑似重复", THREE, "理由"),
    ("R052", "疑似重复", FOUR, "判断"),
    ("R048", "疑似重复", 12, "疑似编号"),
    ("R053", "已判断", 4, "判断"),
    ("R045", "已判断", 4, "理由"),
    ("R047", "已判断", 4, "原判断"),
}
TAKEN_BACK = (said(9, "scjg:1", "same", "wj:2", why="两家门店"), said(8, "scjg:2", "same", "wj:4"))


def planted() -> bytes:
    """Return a workbook with one mistake of nearly every kind."""
    book = sent(*TAKEN_BACK)
    put(book, ONE, answer("基本同意", judge=""))
    put(book, ONE + 1, {"地址": "蓬莱镇江南路13号"})
    put(book, TWO, answer("不同对象", reason=""))
    put(book, TWO, {"可能性": "低\n5%"})
    put(book, THREE, answer("同一对象", reason=""))
    put(book, FOUR, {"理由": "还要去看一次"})
    put(book, 12, {"疑似编号": "R-00000000ff", "甲乙": "甲", **answer("同一对象")})
    put(book, 4, {"原判断": "说不清", **answer("撤回原判断", reason="")}, sheet="已判断")
    return saved(book)


# Since the workbook was sent, somebody took the newest of its judgements back.
NOW = (*TAKEN_BACK, said(8, "scjg:2", "withdrawn", "wj:4"))


def found_planted(content: bytes) -> Returned:
    return read(content, *NOW)


def test_every_mistake_is_found_in_one_reading_with_row_and_column():
    assert faults(found_planted(planted())) == PLANTED


def test_mistakes_are_named_in_chinese_with_the_remedy_and_without_what_is_personal():
    book = sent()
    put(book, ONE, {"负责人": "赵六七", "联系电话": "13912345678", **answer("同一个对象")})
    problems = [fault.problem for fault in read(saved(book)).filled.faults]
    text = "\n".join(one.text("zh") for one in problems)
    assert '县卫生健康局.xlsx 疑似重复 第4行 判断 "同一个对象"' in text
    assert "是不是“同一对象”？" in text
    assert "赵六七" not in text
    assert "13912345678" not in text
    assert all(one.fix for one in problems)


def test_the_workbook_goes_back_with_red_cells_comments_and_a_list_of_mistakes():
    returned = found_planted(planted())
    book = again(returned, *NOW)
    assert book.sheetnames[0] == "导入错误"
    listed = {(row[6].value, row[0].value, row[1].value, row[2].value) for row in book["导入错误"].iter_rows(min_row=4)}
    assert ("R044", "疑似重复", "4", "判断") in listed
    assert ("R047", "疑似重复", "5", "地址") in listed
    assert ("R048", "疑似重复", "原表第12行", "疑似编号") in listed
    assert len(listed) == len(PLANTED)
    assert ("R053", "已判断", "原表第4行", "判断") in listed
    for _, _, row, title in [one for one in PLANTED if one[1] == "疑似重复" and one[0] != "R048"]:
        one = cell(book, "疑似重复", row, title)
        assert one.fill.start_color.rgb == RED, (row, title)
        assert "怎么改" in one.comment.text
    assert cell(book, "疑似重复", ONE, "判断").value == "基本同意"
    assert cell(book, "疑似重复", ONE + 1, "地址").value == "蓬莱镇江南路12号"
    assert cell(book, "疑似重复", FOUR, "理由").value == "还要去看一次"
    assert not cell(book, "疑似重复", ONE, "判断").protection.locked


def test_a_judgement_taken_back_without_a_reason_goes_back_red():
    held = said(1, "scjg:1", "same", "wj:1")
    book = sent(held)
    put(book, 4, answer("撤回原判断", reason=""), sheet="已判断")
    back = again(read(saved(book), held), held)
    assert cell(back, "已判断", 4, "理由").fill.start_color.rgb == RED
    assert cell(back, "已判断", 4, "判断").value == "撤回原判断"


def test_what_went_back_is_read_again_once_it_is_mended():
    book = sent()
    put(book, ONE, answer("同意"))
    put(book, TWO, answer("不同对象"))
    mended = again(read(saved(book)))
    put(mended, ONE, answer("同一对象"))
    returned = read(saved(mended))
    assert returned.filled.faults == ()
    assert [one.ruling for one in returned.judgements] == ["same", "different"]


def test_reading_the_same_workbook_twice_adds_nothing():
    book = sent()
    put(book, ONE, answer("同一对象"))
    put(book, TWO, answer("说不清", ""))
    content = saved(book)
    once = read(content)
    entries = [entry_of(one, at="2026-11-06T10:00:00+08:00", is_demonstration=False) for one in once.judgements]
    channels = frozenset(entry.channel for entry in entries)
    twice = read(content, *entries, channels=channels)
    assert (twice.judgements, twice.recorded_count, twice.filled.faults) == ((), 2, ())
    # Taken back meanwhile, an old workbook must not bring it in again; saved anew, it is a new word.
    back = [*entries, said(1, "scjg:1", "withdrawn", "wj:1")]
    assert read(content, *back, channels=channels).judgements == ()
    # The registers have changed since: the pair is asked no more.
    fewer = review(*entries, rows=PAIRS_ASKED[1:])
    assert read_review(NAME, content, fewer, channels=channels).filled.faults == ()
    put(book, THREE, answer("不同对象"))
    later = read(saved(book), *entries, channels=channels)
    assert ([one.pair_id for one in later.judgements], later.recorded_count) == (["R-0000000003"], 2)


def test_a_crash_in_the_middle_of_recording_is_made_good_by_reading_again():
    book = sent()
    put(book, ONE, answer("同一对象"))
    put(book, TWO, answer("不同对象"))
    content = saved(book)
    first, second = read(content).judgements
    half = entry_of(first, at="2026-11-06T10:00:00+08:00", is_demonstration=False)
    assert read(content, half, channels=frozenset({half.channel})).judgements == (second,)


def test_a_pair_judged_twice_and_differently_is_named_in_both_places():
    held = said(1, "scjg:1", "same", "wj:1")
    book = sent(held)
    put(book, ONE, answer("不同对象"))
    put(book, 4, answer("说不清"), sheet="已判断")
    returned = read(saved(book), held)
    assert faults(returned) == {("R049", "疑似重复", ONE, "判断"), ("R049", "已判断", 4, "判断")}
    assert "“已判断”第4行“说不清”" in returned.filled.faults[0].problem.reason
    put(book, 4, answer("不同对象"), sheet="已判断")
    assert len(read(saved(book), held).judgements) == 1


def test_a_contradiction_with_what_holds_is_refused_and_every_pair_of_it_named():
    held = said(1, "scjg:1", "same", "wj:1"), said(7, "wj:1", "different", "wj:4")
    book = sent(*held)
    put(book, FOUR, answer("同一对象"))
    returned = read(saved(book), *held)
    assert faults(returned) == {("R050", "疑似重复", FOUR, "判断")}
    reason = returned.filled.faults[0].problem.reason
    assert "R-0000000004（scjg:1 与 wj:4）同一对象（本表“疑似重复”第10行）" in reason
    assert "R-0000000001（scjg:1 与 wj:1）同一对象（2027年决定记录第1条）" in reason
    assert "R-0000000007（wj:1 与 wj:4）不同对象（2027年决定记录第2条）" in reason
    # The same workbook may take back what it contradicts.
    put(book, 5, answer("撤回原判断"), sheet="已判断")
    assert [one.ruling for one in read(saved(book), *held).judgements] == ["same", "withdrawn"]


def test_a_contradiction_within_one_workbook_falls_on_the_later_line():
    rows = (*PAIRS_ASKED, pair(6, {"key": "wj:1"}, {"key": "wj:4"}, probability=0.2))
    asked = review(rows=rows)
    book = openpyxl.load_workbook(io.BytesIO(review_workbook(asked, HEALTH, due=DUE)))
    put(book, ONE, answer("同一对象"))
    put(book, 10, answer("不同对象"))
    put(book, 12, answer("同一对象"))
    returned = read_review(NAME, saved(book), asked, channels=frozenset())
    assert [one.value for one in book["疑似重复"]["A"][9:12:2]] == ["R-0000000006", "R-0000000004"]
    assert faults(returned) == {("R050", "疑似重复", 12, "判断")}


def test_two_trusted_codes_may_be_one_object_with_a_reason_and_are_named():
    book = sent()
    put(book, THREE, answer("同一对象", "去年换发了新证"))
    [one] = read(saved(book)).judgements
    assert one.is_two_codes
    assert "两个代码" in entry_of(one, at="", is_demonstration=False).what
    put(book, THREE, answer("同一对象", ""))
    [fault] = read(saved(book)).filled.faults
    assert all(code in fault.problem.reason for code in ("两个代码", *TWO_CODES))


def test_a_later_word_replaces_an_earlier_one_and_can_be_taken_back():
    held = said(1, "scjg:1", "same", "wj:1")
    for word, ruling in (("不同对象", "different"), ("撤回原判断", "withdrawn")):
        book = sent(held)
        put(book, 4, answer(word), sheet="已判断")
        [one] = read(saved(book), held).judgements
        assert (one.pair, one.ruling) == (("scjg:1", "wj:1"), ruling)


def test_who_judged_may_be_named_for_the_whole_workbook():
    book = sent()
    put(book, ONE, answer("同一对象", judge=""))
    assert [one.by for one in read(saved(book), by="赵主任").judgements] == ["赵主任"]


def test_numbers_of_persons_in_a_reason_are_masked():
    book = sent()
    put(book, ONE, answer("同一对象", "电话13912345678相同，证件510923199001011233"))
    [one] = read(saved(book)).judgements
    assert one.why == "电话139****5678相同，证件510923********1233"


def refusal(content: bytes, name: str = NAME) -> str:
    with pytest.raises(RefusedError) as refused:
        read_review(name, content, review(), channels=frozenset())
    [one] = refused.value.problems
    return one.code


def test_what_is_no_workbook_of_this_year_is_refused_whole():
    other, bare, headless = sent(), sent(), sent()
    other[FACTS]["B2"] = "2026"
    del bare[FACTS]
    headless["疑似重复"]["A3"] = "编号"
    assert refusal(saved(other)) == "R042"
    assert refusal(saved(bare)) == "R041"
    assert refusal(saved(headless)) == "R041"
    assert refusal(b"PK\x03\x04") == "F010"
    assert refusal(saved(sent()), "县卫生健康局.xls") == "F012"
    with pytest.raises(RefusedError, match="R043"):
        read_review(NAME, saved(sent()), review(rows=()), channels=frozenset())


@pytest.mark.office
def test_an_office_saves_it_anew_and_the_same_mistakes_are_found(tmp_path: Path):
    (tmp_path / "filled.xlsx").write_bytes(planted())
    command = ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to"]
    subprocess.run(
        [*command, "xlsx", "--outdir", tmp_path / "out", tmp_path / "filled.xlsx"],
        check=True,
        capture_output=True,
        timeout=180,
    )
    content = (tmp_path / "out" / "filled.xlsx").read_bytes()
    returned = found_planted(content)
    assert faults(returned) == PLANTED
    sheet = openpyxl.load_workbook(io.BytesIO(content))["疑似重复"]
    assert sheet.protection.sheet
    assert any(one.type == "list" for one in sheet.data_validations.dataValidation)
    book = again(returned, *NOW)
    assert cell(book, "疑似重复", ONE, "判断").fill.start_color.rgb == RED
