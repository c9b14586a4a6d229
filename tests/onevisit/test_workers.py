"""Shared-out work gives what one process alone gives."""

import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onevisit import workers
from onevisit.errors import RefusedError, problem
from onevisit.workers import begun, each, hired

SIX = ["0", "1", "4", "9", "16", "25"]
needs_two = pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="one processor: nobody is hired")


def test_with_nobody_hired_it_is_done_here():
    assert each(int, SIX) == [0, 1, 4, 9, 16, 25]


@needs_two
def test_what_others_do_comes_back_in_order_with_what_is_shared():
    with hired(["math"]):
        assert each(math.pow, range(7), 2) == [0, 1, 4, 9, 16, 25, 36]
        assert each(math.pow, [3], 2) == [9]
        assert each(math.pow, [], 2) == []


@needs_two
def test_both_this_process_and_another_work():
    with hired():
        assert len(set(each(_process, range(2)))) == 2


@needs_two
def test_a_block_within_has_the_same_processes():
    with hired():
        before = set(each(_process, range(8)))
        with hired():
            assert set(each(_process, range(8))) == before
        assert set(each(_process, range(8))) == before
    assert set(each(_process, range(8))) == {os.getpid()}


def test_what_is_begun_with_nobody_hired_is_done_here():
    assert begun(_process, 0).result() == os.getpid()


@needs_two
def test_what_is_begun_is_done_elsewhere_meanwhile():
    with hired():
        other = begun(_process, 0)
        assert other.result() != os.getpid()
        assert begun(int, "11", base=2).result() == 3
        with pytest.raises(ValueError, match="no number"):
            begun(int, "no number").result()


@needs_two
def test_what_is_given_is_as_it_was_when_it_was_given():
    given = _Slow(1)
    with hired():
        answer = begun(abs, given)
        given.number = 2
        assert answer.result() == 1


@needs_two
def test_what_goes_wrong_elsewhere_is_raised_here():
    with hired(), pytest.raises(ValueError, match="no number"):
        each(int, ["1", "no number"])


@needs_two
def test_a_refusal_elsewhere_comes_with_its_problems():
    with hired(), pytest.raises(RefusedError) as refused:
        each(_refuses, range(2))
    assert [one.code for one in refused.value.problems] == ["F019"]


@given(st.lists(st.integers()), st.integers(1, 5))
def test_hands_dealt_out_come_together_again(items: list[int], count: int):
    workers._hired.append((count, _Here()))  # pyright: ignore[reportPrivateUsage, reportArgumentType]
    try:
        assert each(abs, items) == [abs(item) for item in items]
    finally:
        workers._hired.clear()  # pyright: ignore[reportPrivateUsage]


@needs_two
def test_who_is_hired_ends_when_the_one_who_hired_is_killed(tmp_path: Path):
    program = tmp_path / "hires.py"
    program.write_text(
        "import os, time\n"
        "from onevisit.workers import begun, each, hired\n"
        "from tests.onevisit.test_workers import _process\n"
        "if __name__ == '__main__':\n"
        "    with hired():\n"
        "        print(*each(_process, range(2)), flush=True)\n"
        "        time.sleep(60)\n",
        "utf-8",
    )
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": f"{root}"}
    with subprocess.Popen([sys.executable, program], stdout=subprocess.PIPE, text=True, env=environment) as parent:
        assert parent.stdout is not None
        mine, other = (int(number) for number in parent.stdout.readline().split())
        assert mine == parent.pid
        parent.send_signal(signal.SIGKILL)
    for _ in range(100):
        if not Path(f"/proc/{other}").exists() or "Z" in Path(f"/proc/{other}/stat").read_text().split()[2]:
            return
        time.sleep(0.1)
    pytest.fail(f"process {other} outlived {mine}")


class _Here:
    """A pool that does everything at once."""

    def submit(self, function, *args):  # pyright: ignore
        return _Done(function(*args))


class _Done:
    def __init__(self, value) -> None:  # pyright: ignore
        self._value = value

    def result(self):  # pyright: ignore
        return self._value


def _process(_: int) -> int:
    time.sleep(0.01)
    return os.getpid()


def _refuses(number: int) -> int:
    if number:
        raise RefusedError([problem("F019", year=2027)])
    return number


class _Slow:
    """A number that takes its time to be pickled."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __reduce__(self) -> tuple[type[int], tuple[int]]:
        time.sleep(0.1)
        return int, (self.number,)
