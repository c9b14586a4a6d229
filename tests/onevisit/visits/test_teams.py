"""Teams, groups and leaders over whole rounds."""

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onevisit.tables import conform, frame_of
from onevisit.visits.demand import Duty, Person, duties_of, rosters
from onevisit.visits.evenness import spread_of, uneven_units
from onevisit.visits.group import visits_of, with_visits
from onevisit.visits.groups import deal
from onevisit.visits.leaders import leaders_of, with_leaders
from onevisit.visits.tables import Teams
from onevisit.visits.teams import Lot, bench_of, grouped_visits, teams_of
from tests.onevisit.visits import samples
from tests.onevisit.visits.samples import HEALTH, KEYS, ONE, POLICE, TWO, day

SEEDS = {ONE: "a" * 64, TWO: "b" * 64}
ITEMS = samples.items({}, {"item_code": "GA-001", "department": POLICE})
POLICEMAN = {"department": POLICE, "item_codes": ["GA-001"]}
SIX = (
    {},
    {},
    {},
    {"person_id": "P-0011", **POLICEMAN},
    {"person_id": "P-0012", **POLICEMAN},
    {"person_id": "P-0013", **POLICEMAN},
)


def owed(count: int, serial: str = ONE, first: int = 1) -> list[dict[str, Any]]:
    return [
        {"object_id": f"DY-{number:04d}", "serial": serial, **part}
        for number in range(first, first + count)
        for part in ({}, {"department": POLICE, "item_code": "GA-001", "role": "partner"})
    ]


def drawn(
    obligations: list[dict[str, Any]],
    *,
    matching: str = "分散",
    people: tuple[dict[str, Any], ...] = SIX,
    recusals: pl.DataFrame | None = None,
    shuffle: int | None = None,
) -> tuple[pl.DataFrame, pl.DataFrame, list[dict[str, object]]]:
    """Visits, teams, and what the certificate finds uneven."""

    def mixed(frame: pl.DataFrame) -> pl.DataFrame:
        return frame if shuffle is None else frame.sample(fraction=1, shuffle=True, seed=shuffle)

    tasks, plan = samples.tasks({"matching": matching}), samples.submitted()
    served = mixed(with_visits(mixed(samples.obligations(*obligations).drop("visit_id")), plan, max_items=8))
    visits = mixed(visits_of(served, tasks, plan, max_items=8))
    inspectors, sources = samples.people(*people)
    staff = samples.staff(served, (mixed(inspectors), mixed(sources)), listed=mixed(ITEMS), recusals=recusals)
    duties = duties_of(visits=visits, obligations=served, staff=staff)
    rows = teams_of(
        duties, staff, seeds=SEEDS, grouped=grouped_visits(visits, tasks), pool="510923", department_keys=KEYS
    )
    teams = frame_of(Teams, rows).drop("is_leader")
    led = with_leaders(teams, leaders_of(teams, visits, tasks, SEEDS))
    return visits.sort("visit_id"), conform(Teams, led), uneven_units(duties, led)


@pytest.mark.parametrize("matching", ["分散", "分组"])
def test_every_department_of_every_visit_sends_two_people(matching: str):
    visits, teams, _ = drawn(owed(6), matching=matching)
    Teams.validate(teams)
    assert (
        teams.group_by("visit_id", "department").agg(pl.col("person_id").n_unique())["person_id"].to_list() == [2] * 12
    )
    assert visits.height == 6


@pytest.mark.parametrize("matching", ["分散", "分组"])
def test_every_visit_has_one_leader_and_it_is_the_leads(matching: str):
    _, teams, _ = drawn(owed(6), matching=matching)
    leaders = teams.filter("is_leader")
    assert leaders["visit_id"].n_unique() == leaders.height == 6
    assert leaders["department"].unique().to_list() == [HEALTH]


def test_leading_is_shared_evenly():
    _, teams, _ = drawn(owed(6))
    assert sorted(teams.filter("is_leader").group_by("person_id").len()["len"]) == [2, 2, 2]


def test_loads_are_even_over_the_rounds_of_the_year():
    _, teams, uneven = drawn([*owed(2), *owed(1, TWO, first=3)])
    assert set(teams.group_by("person_id").len()["len"]) == {2}
    assert uneven == []


def test_a_later_round_never_changes_an_earlier_one():
    _, before, _ = drawn(owed(3))
    _, after, _ = drawn([*owed(3), *owed(2, TWO)])
    assert after.filter(pl.col("visit_id").str.starts_with("01-")).equals(before)


@pytest.mark.parametrize("matching", ["分散", "分组"])
@given(seed=st.integers(0, 1000))
@settings(max_examples=15)
def test_shuffled_inputs_give_the_same_teams(matching: str, seed: int):
    recusals = samples.recusals({"person_id": "P-0001"})
    everything = [*owed(4), *owed(2, TWO, first=9)]
    expected = drawn(everything, matching=matching, recusals=recusals)[1]
    assert drawn(everything, matching=matching, recusals=recusals, shuffle=seed)[1].equals(expected)


@pytest.mark.parametrize("matching", ["分散", "分组"])
@given(pairs=st.lists(st.tuples(st.sampled_from([1, 2, 3, 11, 12, 13]), st.integers(1, 4)), max_size=8))
@settings(max_examples=40)
def test_a_recused_pair_never_meets(matching: str, pairs: list[tuple[int, int]]):
    recusals = samples.recusals(*[{"person_id": f"P-{p:04d}", "object_id": f"DY-{o:04d}"} for p, o in pairs])
    visits, teams, uneven = drawn(owed(4), matching=matching, recusals=recusals)
    met = teams.join(visits.select("visit_id", "object_id"), on="visit_id")
    assert met.join(recusals, on=["person_id", "object_id"]).is_empty()
    assert uneven == []


def test_the_certificate_finds_duties_piled_on_two_people():
    obligations, plan = [row for row in owed(3) if "department" not in row], samples.submitted()
    served = with_visits(samples.obligations(*obligations).drop("visit_id"), plan, max_items=8)
    visits = visits_of(served, samples.tasks(), plan, max_items=8)
    staff = samples.staff(served, samples.people({}, {}, {}), listed=ITEMS)
    duties = duties_of(visits=visits, obligations=served, staff=staff)
    piled = [
        {"visit_id": visit_id, "department": HEALTH, "person_id": person_id}
        for visit_id in visits["visit_id"]
        for person_id in ("P-0001", "P-0002")
    ]
    (found,) = uneven_units(duties, frame_of(Teams, piled))
    assert (found["serial"], found["department"], found["swaps"]) == (ONE, HEALTH, 1)
    # Where somebody came for another nothing was drawn, and nothing is judged.
    came = [{**row, "replaces": "0" * 64} if row["person_id"] == "P-0001" else row for row in piled]
    assert uneven_units(duties, frame_of(Teams, came)) == []


def test_the_spread_counts_those_never_sent_too():
    staff = samples.staff(samples.obligations({}), samples.people({}, {}, {}))
    sent = [{"visit_id": "01-DY-0001-01", "department": HEALTH, "person_id": one} for one in ("P-0001", "P-0002")]
    assert spread_of(frame_of(Teams, sent), staff).rows() == [(HEALTH, 3, 0, 1)]


def test_a_fixed_group_goes_together_wherever_it_is_drawn():
    four = ({}, {}, {}, {})
    only_health = [row for row in owed(8) if "department" not in row]
    _, teams, _ = drawn(only_health, matching="分组", people=four)
    crews = teams.group_by("visit_id", "group_no").agg(pl.col("person_id").sort())
    assert teams["group_no"].null_count() == 0
    assert crews.select("group_no", "person_id").n_unique() == 2
    assert sorted(teams.group_by("person_id").len()["len"]) == [4, 4, 4, 4]
    assert teams.group_by("visit_id").agg(pl.col("ticket").n_unique())["ticket"].unique().to_list() == [1]


def test_where_no_group_can_go_people_are_drawn_one_by_one():
    four = ({}, {}, {}, {})
    recusals = samples.recusals({"person_id": "P-0001"}, {"person_id": "P-0002"})
    visit = [row for row in owed(1) if "department" not in row]
    _, teams, _ = drawn(visit, matching="分组", people=four, recusals=recusals)
    assert teams["person_id"].to_list() == ["P-0003", "P-0004"]


def test_people_are_dealt_with_whom_they_share_items():
    owed = samples.obligations({}, {"item_code": "WJ-002"})
    people = samples.people(*[{"item_codes": codes} for codes in (["WJ-001"], ["WJ-002"], ["WJ-001"], ["WJ-002"])])
    items = samples.items({}, {"item_code": "WJ-002"})
    people = rosters(samples.staff(owed, people, listed=items)[ONE])[HEALTH]
    groups = deal(people, lot_key="k", department="wj", size=2)
    assert all(len({one.scope for one in group.people}) == 1 for group in groups)
    assert [group.number for group in groups] == [1, 2]


def test_who_is_left_over_joins_no_group():
    people = rosters(samples.staff(samples.obligations({}), samples.people({}, {}, {}))[ONE])[HEALTH]
    assert [len(group.people) for group in deal(people, lot_key="k", department="wj", size=2)] == [2]


def test_a_visit_whose_lead_is_short_has_no_leader():
    _, teams, _ = drawn(owed(1), people=SIX[3:])
    assert teams["department"].unique().to_list() == [POLICE]
    assert not teams["is_leader"].any()


def test_windows_end_counts_against_the_certificate():
    people = ({"certificate_valid_to": day("05-30")}, {}, {}, *SIX[3:])
    _, teams, _ = drawn(owed(5), people=people)
    assert "P-0001" not in teams["person_id"].to_list()


def test_one_of_people_drawn_one_by_one_can_do_all_and_a_group_can_together():
    scopes = {"an": ["1", "2"], "bo": ["1"], "cai": ["2"]}
    an, bo, cai = (Person(one, one, samples.FAR, frozenset(scope), frozenset()) for one, scope in scopes.items())
    duty = Duty("01-DY-0001-01", ONE, HEALTH, (("1", None), ("2", None)), (an, bo, cai), 2)
    lot = Lot(SEEDS[ONE], "510923", "wj")
    apart = bench_of(duty, duty.people, (), lot, is_group=False)
    assert [apart.is_legal(team) for team in (["an", "bo"], ["bo", "cai"], ["bo"])] == [True, False, False]
    together = bench_of(duty, duty.people, (), lot, is_group=True)
    assert [together.is_legal(team) for team in (["an", "bo"], ["bo", "cai"], ["bo"])] == [True, True, False]
    # Where nobody is left who can do all, the items are shared out.
    assert bench_of(duty, (bo, cai), (an,), lot, is_group=False).is_legal(["bo", "cai"])
