"""Every town's year adds up, whoever came, went, moved, was merged, split off or has another code."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from onevisit.registries.tables import Changes
from onevisit.supervision.towns import NOWHERE, town_flows, unbalanced
from onevisit.tables import frame_of

EAST, WEST = "东镇", "西镇"
towns = st.sampled_from([EAST, WEST, None])
registers = st.dictionaries(st.integers(0, 30), towns, max_size=20)


def register(towns_of: dict[object, str | None]) -> pl.DataFrame:
    ids = [str(one) for one in towns_of]
    return pl.DataFrame(
        {"object_id": ids, "town": list(towns_of.values())}, schema={"object_id": pl.String, "town": pl.String}
    )


def recoded(pairs: dict[str, str]) -> pl.DataFrame:
    rows = [
        {"object_id": now, "change": "recoded", "before": old, "after": now, "departments": []}
        for old, now in pairs.items()
    ]
    return frame_of(Changes, rows)


def test_who_came_left_and_moved_is_counted_in_the_towns_it_was_and_is_in():
    before = register({"stays": EAST, "moves": EAST, "leaves": WEST, "old code": WEST, "found": None})
    now = register({"stays": EAST, "moves": WEST, "comes": WEST, "new code": EAST, "found": EAST})
    flows = town_flows(now, before, recoded({"old code": "new code"}))
    assert {town: tuple(counts) for town, *counts in flows.iter_rows()} == {
        EAST: (2, 0, 2, 0, 1, 3),
        WEST: (2, 1, 1, 1, 1, 2),
        NOWHERE: (1, 0, 0, 0, 1, 0),
    }


@given(now=registers, before=registers, renumbered=st.sets(st.integers(0, 30)))
def test_last_year_and_what_came_less_what_left_is_this_year_in_every_town(now, before, renumbered):
    # Ids that are in both years, and have another number this year.
    pairs = {str(one): f"new {one}" for one in renumbered if one in now and one in before}
    current = register({pairs.get(str(one), str(one)): town for one, town in now.items()})
    flows = town_flows(current, register(before), recoded(pairs))
    assert unbalanced(flows).is_empty()
    assert flows["this_year"].sum() == len(now)
    assert flows["moved_in"].sum() == flows["moved_out"].sum()


def test_a_year_that_does_not_add_up_is_named():
    flows = town_flows(register({"a": EAST}), register({}), recoded({}))
    assert unbalanced(flows.with_columns(left=pl.lit(1)))["town"].to_list() == [EAST]
