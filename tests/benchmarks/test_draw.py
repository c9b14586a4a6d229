"""The benchmark of the draw runs on a few shops; its figures mean nothing and none is timed here."""

import pytest

from benchmarks.draw import KINDS, ROWS, Setting, frozen, in_own_process, make, memory
from benchmarks.table import markdown
from onevisit.draw.engine import database
from onevisit.draw.select import draw


@pytest.fixture(scope="module")
def setting(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    make(folder, 3_000)
    return Setting(folder, 3_000, repeat=1, run=lambda measure, *given: measure(*given))


@pytest.fixture(autouse=True)
def usual_threads():
    """The engine with as many threads after a measure as before."""
    [(usual,)] = database().execute("SELECT current_setting('threads')").fetchall()
    yield
    database().execute(f"SET threads = {usual}")


@pytest.mark.parametrize("name", ROWS)
def test_every_row_can_be_filled(setting, name):
    head, rule, *rows = [
        line for line in markdown(list(ROWS[name](setting)), "command").splitlines() if line[:1] == "|"
    ]
    assert rule == "| --- | --- | --- | --- | --- | --- |"
    assert len(rows) == len(KINDS) and all(row.count("|") == head.count("|") for row in rows)


@pytest.mark.parametrize("kind", KINDS)
def test_made_rounds_have_sixty_strata_and_draw_from_each(setting, kind):
    made = frozen(setting.folder, kind)
    assert made.plan.height == 60
    assert made.scope.height == made.objects.height == 3_000
    drawn = draw(made, "a seed")
    assert drawn.select("task", "item", "stratum").n_unique() == 60


def test_a_measure_in_its_own_process_has_a_memory_of_its_own(setting):
    assert 50 < in_own_process(memory, setting.folder, "open")["peak"] < 1000
