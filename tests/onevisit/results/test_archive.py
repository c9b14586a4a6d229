"""Archive: which tasks can be closed, what belongs to one, and what is no longer as it was archived."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onevisit.plan.tables import Decisions
from onevisit.results.archive import (
    INDEX,
    SUMS,
    Piece,
    TaskTables,
    closed_folder,
    complete_tasks,
    folder_problems,
    made_pieces,
    new_pieces,
    read_sums,
    task_folder,
)
from tests.onevisit.results.made import findings
from tests.onevisit.visits import samples
from tests.onevisit.visits.samples import HEALTH, INN, SHOP, day, table

PIECES = [Piece("01 计划/甲.xlsx", "由计划生成", b"one"), Piece("03 抽取/TRAIL", "公示", b"two")]
FILES = closed_folder(PIECES, title="某县 T001", on=day("06-30"))


def complete(found: pl.DataFrame, *, today: str, is_declared: bool = True) -> list[str]:
    owed, by = samples.obligations({}, {"object_id": INN}), day("06-28") if is_declared else None
    tasks = samples.tasks({}, {"task_id": "T002"})
    return complete_tasks(tasks, owed, found, today=day(today), publish_by=lambda _: by)


def test_a_task_is_complete_when_every_check_is_closed_or_its_days_are_over():
    both = findings({}, {"object_id": INN})
    going_on = findings({}, {"object_id": INN, "is_disposed": False})
    assert complete(both, today="03-20") == ["T001"]
    assert complete(findings({}), today="03-20") == []
    assert complete(going_on, today="06-28") == []
    assert complete(going_on, today="06-29") == ["T001"]


def test_a_task_with_days_nobody_has_declared_stays_open_and_one_not_drawn_too():
    assert complete(findings({}), today="12-31", is_declared=False) == []


def decisions(*rows: dict[str, object]) -> pl.DataFrame:
    defaults = {
        "seq": 1,
        "at": "2026-12-28T10:00:00+08:00",
        "kind": "approve",
        "by": "签批人",
        "role": "approver",
        "channel": "workbook",
        "plan_fingerprint": "p",
        "what": "同意本版2027年度抽查计划（签批）",
        "why": "",
        "details": "{}",
        "is_demonstration": False,
        "previous_hash": "0" * 64,
        "hash": "1" * 64,
    }
    known = {name: value for name, value in defaults.items() if name in Decisions.to_schema().columns}
    return table(Decisions, known, rows)


def test_what_is_made_tells_plan_sign_off_results_and_what_is_missing():
    tables = TaskTables(
        submitted=samples.submitted(),
        task_items=samples.task_items({}),
        items=samples.items(),
        rounds=samples.rounds(),
        decisions=decisions({}, {"seq": 2, "plan_fingerprint": "other", "what": "别的计划"}),
        obligations=samples.obligations({}, {"object_id": INN}),
        findings=findings({"problem": "灯坏了", "disposal": "其他", "is_disposed": False}),
        objects=samples.objects({}, {"object_id": INN, "name": "某旅馆"}),
    )
    task = samples.tasks().row(0, named=True)
    pieces = made_pieces(task, tables)
    assert made_pieces(task, tables) == pieces
    plan, results = (
        {name: sheet.rows()[2:] for name, sheet in pl.read_excel(one.content, sheet_id=0, has_header=False).items()}
        for one in pieces
    )
    assert "同意本版2027年度抽查计划（签批）" in str(plan["签批记录"])
    assert "别的计划" not in str(plan)
    assert "灯坏了" in str(results["检查结果"])
    assert "灯坏了" in str(results["后续处置"])
    assert [row[0] for row in results["未报结果"][-1:]] == [INN]
    assert SHOP not in str(results["未报结果"])
    assert HEALTH in str(results)
    assert task_folder(task) == "T001 旅馆检查"


def test_an_archived_folder_has_an_index_and_is_whole():
    assert set(FILES) == {"01 计划/甲.xlsx", "03 抽取/TRAIL", INDEX, SUMS}
    assert folder_problems("T001", FILES) == []
    assert closed_folder(reversed(PIECES), title="某县 T001", on=day("06-30")) == FILES


@given(st.sampled_from(sorted(set(FILES) - {SUMS})), st.sampled_from(["E064", "E065", "E066"]))
def test_any_file_changed_missing_or_added_is_named(path: str, code: str):
    files = dict(FILES)
    if code == "E064":
        files[path] += b" "
    elif code == "E065":
        del files[path]
    else:
        path += ".txt"
        files[path] = b""
    assert [(one.code, one.value) for one in folder_problems("T001", files)] == [(code, path)]


def test_a_folder_without_fingerprints_is_named():
    assert [one.code for one in folder_problems("T001", {"01 计划/甲.xlsx": b"one"})] == ["E063"]


@pytest.mark.parametrize(
    ("content", "new"), [(b"one", []), (b"corrected", ["01 计划/甲.xlsx"])], ids=["the same", "corrected"]
)
def test_only_what_is_new_or_changed_is_supplemented_against_the_latest(content: bytes, new: list[str]):
    sums = [read_sums(FILES[SUMS].decode())]
    again = [Piece("01 计划/甲.xlsx", "由计划生成", content), PIECES[1]]
    assert [one.path for one in new_pieces(again, sums)] == new
    supplement = closed_folder(new_pieces(again, sums), title="补充", on=day("07-01"))
    assert new_pieces(again, [*sums, read_sums(supplement[SUMS].decode())]) == []


@pytest.mark.parametrize("state", ["entered", "withdrawn"])
def test_a_task_whose_result_is_not_approved_is_not_complete(state):
    both = findings({"audit_state": state}, {"object_id": INN})
    assert complete(both, today="03-20") == []
