"""Last year's draw, as this year's draw takes it into account."""

from dataclasses import replace

import polars as pl

from onevisit.draw.evidence import rows_of
from onevisit.draw.form import sha256
from onevisit.draw.frozen import read_frozen
from onevisit.draw.history import histories_of, history_of
from onevisit.draw.substitutes import NOBODY
from tests.onevisit.draw.samples import IDS, OPEN, WITNESSED, held, vector


def lines(data: bytes) -> dict[str, tuple[str, str]]:
    """id -> (cell, flag)."""
    return {row.split("\t")[0]: (row.split("\t")[1], row.split("\t")[2]) for row in data.decode().splitlines()}


def test_without_a_draw_last_year_there_is_no_history() -> None:
    assert history_of({}) == b""


def test_a_cell_is_where_an_object_stood_worked_out_by_hand() -> None:
    history = lines(history_of({"510923-2027-01-1": held(OPEN)}))
    # IDS[0] was in reach of P-1 alone, in round 01 as stratum N, a newcomer that year.
    assert history[IDS[0]][0] == sha256("new\n01\tT001\tP-1\tN\n")[:16]
    assert history[IDS[30]][0] == sha256("new\n01\tT001\tP-1\tN\n01\tT001\tP-2\tN\n01\tT003\tP-4\tN\n")[:16]


def test_drawn_and_substitutes_count_as_drawn() -> None:
    files = held(OPEN)
    history = lines(history_of({"510923-2027-01-1": files}))
    taken = set(rows_of(files, "substitutes.tsv")["new"]) - {NOBODY}
    drawn = set(rows_of(files, "drawn.tsv")["id"])
    assert taken
    assert {one for one, (_, flag) in history.items() if flag == "1"} == drawn | taken


def test_a_void_attempt_does_not_count() -> None:
    void = held(WITNESSED, is_void=True)
    second = held(replace(WITNESSED, attempt=2), earlier=void)
    both = {"510923-2027-02-1": void, "510923-2027-02-2": second}
    assert history_of(both) == history_of({"510923-2027-02-2": second})
    assert history_of({"510923-2027-02-1": void}) == b""


def test_the_cell_of_the_year_before_stays_in_the_cell() -> None:
    files = vector("open")
    last = read_frozen(files).history
    known = last["id"][0]
    places = rows_of(files, "scope.tsv").filter(id=known)
    stood = sorted(f"01\t{task}\t{item}\t{stratum}\n" for task, item, stratum, _ in places.iter_rows())
    cell = last.filter(id=known)["cell"][0]
    history = lines(history_of({"510923-2027-01-1": files}))
    assert history[known][0] == sha256(f"{cell}\n{''.join(stood)}")[:16]
    in_reach = set(rows_of(files, "scope.tsv")["id"])
    assert set(history) == in_reach


def test_what_an_open_round_carries_knows_of_open_rounds_alone() -> None:
    """A cell is a digest that guesses undo, and an open round is published whole: no class may be behind it."""
    one, witnessed = held(OPEN), held(replace(WITNESSED, number=3))
    both = histories_of({"510923-2027-01-1": one, "510923-2027-03-1": witnessed})
    assert both["open"] == history_of({"510923-2027-01-1": one})
    assert both["witnessed"] == history_of({"510923-2027-01-1": one, "510923-2027-03-1": witnessed})
    assert both["open"] != both["witnessed"]
    # Nor behind the cell of the year before in it.
    later = one | {"history.tsv": both["open"]}
    assert histories_of({"510923-2028-01-1": later, "510923-2028-03-1": witnessed})["open"] == history_of(
        {"510923-2028-01-1": later}
    )


def test_the_countys_cells_go_on_in_witnessed_rounds_whatever_open_ones_carry() -> None:
    one, witnessed = held(OPEN), held(replace(WITNESSED, number=3))
    carried = {"510923-2028-01-1": one, "510923-2028-03-1": witnessed}
    with_cells = carried | {"510923-2028-01-1": one | {"history.tsv": f"{IDS[0]}\t{'0' * 16}\t1\n".encode()}}
    assert history_of(with_cells) == history_of(carried)


def test_history_can_be_frozen() -> None:
    files = held(OPEN)
    history = history_of({"510923-2027-01-1": files})
    assert read_frozen(files | {"history.tsv": history}).history.height == len(lines(history))
    assert history.splitlines() == sorted(history.splitlines())


def test_history_does_not_depend_on_the_order_of_folders() -> None:
    a, b = held(OPEN), held(replace(WITNESSED, number=3))
    folders = {"510923-2027-01-1": a, "510923-2027-03-1": b}
    assert history_of(folders) == history_of(dict(reversed(folders.items())))
    assert pl.Series(sorted(lines(history_of(folders)))).n_unique() == 60
