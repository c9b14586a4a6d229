"""What a department answers is recorded whole or not at all, and closes what newer data no longer show."""

import datetime as dt
import io
from collections.abc import Mapping
from dataclasses import replace

import openpyxl
import polars as pl
import pytest

from onevisit.decisions import extended
from onevisit.errors import RefusedError
from onevisit.forms import FIRST_ROW
from onevisit.supervision.mending import CLOSED, Answer, answers, data_fingerprint, entry_of
from onevisit.supervision.mending_import import Returned, read_mending
from onevisit.supervision.mending_workbook import ANSWER, BY, MENDING, NUMBER, ON, WHY, Sent, mending_workbook
from onevisit.supervision.tables import FollowUps
from tests.onevisit.supervision import samples
from tests.onevisit.supervision.outcome import DUE_ON, followed
from tests.onevisit.supervision.samples import HEALTH

DAY = "2027-11-20"
MENDED = {ANSWER: "已整改", BY: "赵六", ON: DAY}


def answer(problem_id: str, word: str = "已整改", **changed: str) -> Answer:
    said = Answer(problem_id, HEALTH, "已整改", "赵六", "", samples.TODAY, "command line", "now")
    return replace(said, word=word, **changed)


def states(table: pl.DataFrame) -> dict[str, str]:
    return dict(table.select("problem_id", "state").iter_rows())


@pytest.fixture
def sent(dirty) -> Sent:
    return Sent("甲县", 2027, HEALTH, dirty.report.problems_of(HEALTH), "now")


def filled(sent: Sent, *lines: Mapping[str, object]) -> bytes:
    """Return the workbook with texts written into its lines, one after another."""
    book = openpyxl.load_workbook(io.BytesIO(mending_workbook(sent)))
    titles = [column.title for column in MENDING.columns]
    for row, texts in enumerate(lines, start=FIRST_ROW):
        for title, value in texts.items():
            book[MENDING.name].cell(row, titles.index(title) + 1).value = value
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def read(sent: Sent, data: bytes, known: Mapping[str, Answer] | None = None, *, year: int = 2027) -> Returned:
    return read_mending("整改清单.xlsx", data, {HEALTH: sent}, known or {}, year=year, today=dt.date(2027, 12, 1))


def codes(returned: Returned) -> list[str]:
    return [fault.problem.code for fault in returned.filled.faults]


def test_a_problem_waits_until_it_is_answered_and_then_for_newer_data(dirty):
    first, second, third, fourth, *_ = dirty.problems["problem_id"]
    said = {
        first: answer(first),
        second: answer(second, fingerprint="older"),
        third: answer(third, "属实未整改"),
        fourth: answer(fourth, "不属实"),
    }
    table = followed(dirty.problems, answered=said)
    FollowUps.validate(table)
    found = states(table)
    assert [found[number] for number in (first, second, third, fourth)] == [
        "待复查",
        "复查仍存在",
        "属实未整改",
        "报称不属实",
    ]
    assert set(list(found.values())[4:]) == {"待整改"}


def test_what_newer_data_no_longer_show_is_closed_and_what_comes_back_is_open_again(dirty):
    first = dirty.problems["problem_id"][0]
    earlier = followed(dirty.problems)
    mended = followed(dirty.problems[1:], earlier=earlier, answered={first: answer(first)})
    assert states(mended)[first] == CLOSED
    assert mended.height == earlier.height
    back = followed(dirty.problems, earlier=mended)
    assert states(back)[first] == "复查仍存在"
    assert followed(dirty.problems, earlier=back).equals(back)


def test_a_problem_keeps_the_day_it_was_found_on_over_the_years(dirty):
    before = followed(dirty.problems)
    later = followed(dirty.problems[2:], before=before, year=2028)
    assert set(later["found_year"]) == {2027}
    assert set(later["due_on"]) == {DUE_ON}
    assert later.filter(state=CLOSED)["problem_id"].to_list() == sorted(dirty.problems["problem_id"][:2])


def test_what_was_closed_two_years_ago_is_told_no_more(dirty):
    before = followed(dirty.problems[:1], before=followed(dirty.problems), year=2028)
    later = followed(dirty.problems[:1], before=before, year=2029)
    assert later["problem_id"].to_list() == dirty.problems["problem_id"][:1].to_list()


def test_the_fingerprint_is_of_the_rows_whatever_their_order(dirty):
    sources = dirty.case.registers.object_sources
    assert data_fingerprint([sources]) == data_fingerprint([sources.reverse()])
    assert data_fingerprint([sources]) != data_fingerprint([sources[1:]])


def test_the_last_answer_in_the_logs_counts():
    said = [answer("S-1"), answer("S-1", "不属实", why="已核对")]
    entries = [entry_of(one, at="2027-12-01T09:00:00+08:00", is_demonstration=True) for one in said]
    assert answers([(2027, extended([], entries))]) == {"S-1": said[1]}


def test_a_filled_workbook_gives_its_answers_and_what_is_blank_waits(sent):
    returned = read(sent, filled(sent, MENDED, {**MENDED, ANSWER: "不属实", WHY: "电话13912345678核对过"}))
    assert not returned.filled.faults
    one, other = returned.answers
    assert (one.problem_id, one.word, one.by, one.mended_on) == (
        sent.problems[0].problem_id,
        "已整改",
        "赵六",
        dt.date(2027, 11, 20),
    )
    assert one.fingerprint == "now"
    assert "13912345678" not in other.why


def test_the_same_workbook_twice_is_recorded_once(sent):
    data = filled(sent, MENDED)
    known = {one.problem_id: one for one in read(sent, data).answers}
    again = read(sent, data, known)
    assert (again.answers, again.recorded_count) == ((), 1)


@pytest.mark.parametrize(
    ("texts", "code", "column"),
    [
        ({**MENDED, ANSWER: "整改了"}, "S052", ANSWER),
        ({**MENDED, ANSWER: "属实未整改"}, "S053", WHY),
        ({**MENDED, BY: None}, "S054", BY),
        ({**MENDED, ON: "昨天"}, "S055", ON),
        ({**MENDED, ON: None}, "S055", ON),
        ({**MENDED, ON: "2027-12-02"}, "S055", ON),
        ({**MENDED, "问题": "没有问题"}, "S056", "问题"),
        ({**MENDED, NUMBER: "S-0000000000"}, "S057", NUMBER),
        ({WHY: "正在改"}, "S058", ANSWER),
    ],
)
def test_a_mistake_is_named_with_its_cell_and_nothing_is_recorded(sent, texts, code, column):
    returned = read(sent, filled(sent, texts, MENDED))
    [fault] = returned.filled.faults
    assert (fault.problem.code, fault.problem.column, fault.problem.row) == (code, column, FIRST_ROW)
    assert returned.answers == ()


def test_a_line_that_stands_twice_is_a_mistake(sent):
    number = sent.problems[0].problem_id
    assert "S059" in codes(read(sent, filled(sent, MENDED, {**MENDED, NUMBER: number})))


def test_blank_lines_of_problems_that_were_closed_since_are_no_mistake(sent):
    shorter = replace(sent, problems=sent.problems[:1])
    returned = read(shorter, filled(sent, MENDED))
    assert (codes(returned), len(returned.answers)) == ([], 1)


def test_mistakes_come_back_in_the_same_workbook_red_and_with_what_to_do(sent):
    returned = read(sent, filled(sent, {**MENDED, BY: None}))
    back = openpyxl.load_workbook(io.BytesIO(mending_workbook(sent, filled=returned.filled)))
    assert back.sheetnames[0] == "导入错误"
    listed = [cell.value for cell in back["导入错误"][4]]
    assert listed[:4] == [MENDING.name, str(FIRST_ROW), BY, sent.problems[0].problem_id]
    place = [column.title for column in MENDING.columns].index(BY) + 1
    cell = back[MENDING.name].cell(FIRST_ROW, place)
    assert cell.comment
    assert "经办人" in cell.comment.text
    assert back[MENDING.name].cell(FIRST_ROW, place - 2).value == "已整改"


def test_a_workbook_that_came_back_is_mended_and_read_again(sent):
    returned = read(sent, filled(sent, {**MENDED, BY: None}))
    book = openpyxl.load_workbook(io.BytesIO(mending_workbook(sent, filled=returned.filled)))
    book[MENDING.name].cell(FIRST_ROW, [column.title for column in MENDING.columns].index(BY) + 1).value = "赵六"
    content = io.BytesIO()
    book.save(content)
    again = read(sent, content.getvalue())
    assert [one.problem_id for one in again.answers] == [sent.problems[0].problem_id]


def test_another_file_another_year_or_another_department_is_refused(sent):
    other = openpyxl.Workbook()
    other.worksheets[0].append(["问题编号", "整改情况"])
    content = io.BytesIO()
    other.save(content)
    with pytest.raises(RefusedError, match="S050"):
        read(sent, content.getvalue())
    with pytest.raises(RefusedError, match="S051"):
        read(sent, filled(sent, MENDED), year=2028)
    with pytest.raises(RefusedError, match="S051"):
        read_mending("整改清单.xlsx", mending_workbook(sent), {}, {}, year=2027, today=samples.TODAY)


def test_the_same_problems_give_the_same_bytes(sent):
    assert mending_workbook(sent) == mending_workbook(sent)
