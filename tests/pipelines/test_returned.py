import stat

from onevisit.errors import problem
from onevisit.marking import Fault
from pipelines.returned import WRONG, sent_back, write_beside


def test_a_workbook_that_comes_back_twice_keeps_its_name(tmp_path):
    first = write_beside(tmp_path / "县公安局.xlsx", b"one", WRONG)
    assert first.name == "县公安局（有错误）.xlsx"
    assert write_beside(first, b"two", WRONG) == first
    assert first.read_bytes() == b"two"
    assert stat.S_IMODE(first.stat().st_mode) == 0o600


def test_a_refusal_tells_every_mistake_and_where_the_marked_workbook_lies(tmp_path):
    faults = [Fault(problem(code, column="意见"), "意见表", "1") for code in ("E010", "E036")]
    outcome = sent_back(tmp_path / "表.xlsx", b"marked", faults, what="意见", form="审核表")
    assert outcome.is_refused
    first, *told, last = outcome.text.splitlines()
    assert first == "没有导入：表中有 2 处错误，全部意见都没有记录。"
    assert [line[:4] for line in told] == ["E010", "E036"]
    assert last == f"已写回标红的审核表：{tmp_path / '表（有错误）.xlsx'}"
