"""Window moves, neighbours, checks that go along, and items that may be the same."""

import datetime as dt
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings

from onevisit.county import County, PlanRules
from onevisit.plan.aliases import propose_aliases
from onevisit.plan.merge import Plan, plan_of, propose_merges
from onevisit.plan.moves import propose_moves
from onevisit.plan.neighbours import list_carried_along, list_neighbours
from onevisit.plan.rulings import subject_of
from onevisit.plan.tables import Scope
from onevisit.tables import frame_of
from tests.onevisit.plan import samples
from tests.onevisit.plan.test_merge import as_frames, plans

SPRING = {"starts_on": dt.date(2027, 3, 1), "ends_on": dt.date(2027, 4, 30)}
SUMMER = {"starts_on": dt.date(2027, 5, 17), "ends_on": dt.date(2027, 6, 30)}
HUNDRED = samples.objects("A" * 100)


@pytest.fixture
def plan_from(make_submitted, county: County):
    """Make a plan of rows P1, P2 … at 10 % over the same hundred shops, unless told otherwise."""

    def make(*changes, ruled=(), reach=None, **rules) -> Plan:
        rows = make_submitted(
            *(
                {"plan_row_id": f"P{n}", "item_code": f"GA-00{n}", "rate_bp": [1000] * 5, **SPRING, **change}
                for n, change in enumerate(changes, start=1)
            )
        )
        numbers = reach or {row: range(100) for row in rows["plan_row_id"]}
        scope = [{"plan_row_id": row, "object_id": f"O-{n:03d}"} for row, some in numbers.items() for n in some]
        return plan_of(
            rows,
            scope=frame_of(Scope, scope),
            objects=HUNDRED,
            rules=PlanRules(**rules),
            days=county.working_days(2027),
            rulings=samples.rulings(*ruled),
        )

    return make


def moves_of(plan: Plan, *ruled: tuple[str, str, str]) -> pl.DataFrame:
    return propose_moves(plan, propose_merges(plan), samples.rulings(*ruled))


def applied(plan: Plan, moves: pl.DataFrame) -> Plan:
    """The plan after every move was accepted."""
    rows = plan.rows
    for ids, first, last in moves.select("plan_rows", "new_starts_on", "new_ends_on").iter_rows():
        moved = pl.col("plan_row_id").is_in(ids)
        rows = rows.with_columns(
            pl.when(moved).then(pl.lit(first)).otherwise("starts_on").alias("starts_on"),
            pl.when(moved).then(pl.lit(last)).otherwise("ends_on").alias("ends_on"),
        )
    return replace(plan, rows=rows)


def test_a_window_is_moved_into_the_other_one_and_keeps_its_length(plan_from):
    plan = plan_from({}, SUMMER)
    [move] = moves_of(plan).iter_rows(named=True)
    assert (move["plan_rows"], move["joins_rows"], move["visits_saved"]) == (["P1"], ["P2"], 10.0)
    assert (move["total_saved"], move["share_saved"]) == (10.0, 0.5)
    assert move["new_starts_on"] <= SUMMER["starts_on"] < SUMMER["ends_on"] <= move["new_ends_on"]
    days = plan.days
    assert days.between(move["new_starts_on"], move["new_ends_on"]) == days.between(move["starts_on"], move["ends_on"])
    assert propose_merges(applied(plan, moves_of(plan)))["visits_saved"].to_list() == [10.0]


def test_a_window_moves_no_further_than_the_county_allows(plan_from):
    assert moves_of(plan_from({}, SUMMER, merge_max_shift_workdays=15)).is_empty()
    [move] = moves_of(plan_from({}, SUMMER, merge_max_shift_workdays=25)).iter_rows(named=True)
    assert abs(move["shift_workdays"]) == 25


def test_a_window_never_leaves_the_plan_year(plan_from):
    last = {"starts_on": dt.date(2027, 12, 20), "ends_on": dt.date(2027, 12, 31)}
    tight = {"starts_on": dt.date(2027, 12, 1), "ends_on": dt.date(2027, 12, 14)}
    moves = moves_of(plan_from(tight, last))
    assert moves.height == 1
    assert moves.filter(pl.col("new_ends_on") > dt.date(2027, 12, 31)).is_empty()


def test_other_rules_than_the_window_keep_a_move_from_being_proposed(plan_from):
    assert moves_of(plan_from({}, {**SUMMER, "is_exclusive": True})).is_empty()
    assert moves_of(plan_from({}, {**SUMMER, "is_on_site": False})).is_empty()
    assert moves_of(plan_from({}, SUMMER, merge_max_items=1)).is_empty()
    assert moves_of(plan_from({}, SUMMER, ruled=[("pair", "P1|P2", "must_not")])).is_empty()
    assert moves_of(plan_from({}, SUMMER, merge_least_moved=11)).is_empty()


def test_what_is_drawn_moves_nowhere_and_nothing_moves_to_it(plan_from):
    plan = plan_from({}, SUMMER)
    assert moves_of(plan).height == 1
    for number in (0, 1):
        assert moves_of(replace(plan, drawn=[frozenset({number})])).is_empty()


def test_a_rejected_move_is_not_proposed_again_but_another_way_may_be(plan_from):
    plan = plan_from({}, SUMMER)
    [move] = moves_of(plan).iter_rows(named=True)
    no = ("move", subject_of("move", move["plan_rows"], f"{move['new_starts_on']}至{move['new_ends_on']}"), "reject")
    assert moves_of(plan, no)["plan_rows"].to_list() == [["P2"]]


def test_one_row_may_leave_its_task_for_one_where_it_saves_more(plan_from):
    reach = {"P1": range(60), "P2": range(40, 100), "P3": range(60, 100)}
    plan = plan_from({}, {"rate_bp": [2000] * 5}, {**SUMMER, "rate_bp": [2000] * 5}, reach=reach, merge_min_overlap=0.3)
    [move] = moves_of(plan).iter_rows(named=True)
    assert (move["plan_rows"], move["joins_rows"]) == (["P2"], ["P3"])
    # Forty shops at a fifth are one task's doors less, twenty at a tenth are no longer shared with P1.
    assert (move["visits_saved"], move["total_saved"]) == (6.0, 8.0)


@settings(max_examples=30, deadline=None)
@given(drawn=plans)
def test_accepted_moves_save_what_they_promise(drawn, make_submitted, county):
    rows, scope = as_frames(drawn, make_submitted)
    plan = plan_of(
        rows,
        scope=scope,
        objects=samples.objects("ABCDN" * 8),
        rules=PlanRules(merge_least_moved=0.1),
        days=county.working_days(2027),
        rulings=samples.rulings(),
    )
    steps = propose_merges(plan)
    moves = propose_moves(plan, steps, samples.rulings())
    moved = applied(plan, moves)
    parts: list[set[str]] = [set(plan.ids(rows)) for rows in plan.grouped(steps).members if rows]
    for ids, joined in moves.select("plan_rows", "joins_rows").iter_rows():
        parts = [part - set(ids) for part in parts]
        next(part for part in parts if part >= set(joined)).update(ids)
    number = {row_id: place for place, row_id in enumerate(plan.cells.row_ids)}
    groups = moved.groups()
    for part in filter(None, parts):
        first, *others = sorted(number[row_id] for row_id in part)
        for other in others:
            assert groups.may_join(first)[other]
            groups.joined(first, other)
    doors = sum(plan.doors(rows) for rows in groups.members if rows and plan.rows["is_on_site"][rows[0]])
    apart = sum(plan.doors([row]) for row in plan.on_site)
    promised = moves["total_saved"].to_list()[-1] if moves.height else steps["visits_saved"].sum()
    assert (apart - doors) / 1_000_000_000 == pytest.approx(promised, abs=1e-2)


def test_a_neighbour_is_told_with_the_rule_and_what_it_costs(plan_from):
    plan = plan_from({}, {**SUMMER, "item_code": "GA-009"}, {"is_exclusive": True})
    told = list_neighbours(plan, propose_merges(plan)).rows(named=True)
    assert [(row["left_rows"], row["right_rows"], row["rules"]) for row in told] == [
        (["P1"], ["P2"], ["WINDOW"]),
        (["P1"], ["P3"], ["EXCLUSIVE"]),
        (["P2"], ["P3"], ["EXCLUSIVE", "WINDOW"]),
    ]
    assert told[0]["reason"] == "共同时段不足（共同0个工作日，至少要10个）。如能合并，预计再少上门10.0户次。"


def test_papers_and_small_savings_are_no_neighbours(plan_from):
    for change in ({**SUMMER, "is_on_site": False}, {**SUMMER, "rate_bp": [50] * 5}):
        plan = plan_from({}, change)
        assert list_neighbours(plan, propose_merges(plan)).is_empty()


def test_papers_go_along_with_the_joint_task_of_their_objects_and_time(plan_from):
    papers = {"is_on_site": False, "method": "书面检查"}
    plan = plan_from({}, {}, papers, {**papers, **SUMMER}, {**papers, "is_exclusive": True})
    tasks = pl.DataFrame({"task_id": ["T001", "T002"], "is_on_site": [True, True], "plan_rows": [["P1", "P2"], ["P1"]]})
    told = list_carried_along(plan, tasks)
    assert told.select("task_id", "plan_row_id", "common_objects", "common_share").rows() == [("T001", "P3", 100, 1.0)]


def test_items_of_like_names_whose_rows_meet_are_shown_to_a_person(plan_from):
    one = {"item_name": "对旅馆业治安情况的检查"}
    other = {"item_name": "旅馆业治安检查", "department": "县文化广电旅游局"}
    [told] = propose_aliases(plan_from(one, other), samples.rulings()).iter_rows(named=True)
    assert (told["left_item"], told["right_item"], told["similarity"], told["common_objects"]) == (
        "GA-001", "GA-002", 1.0, 100,
    )  # fmt: skip


def test_items_that_never_meet_differ_in_name_or_were_ruled_on_are_not(plan_from):
    one, other = {"item_name": "对旅馆业治安情况的检查"}, {"item_name": "旅馆业治安检查"}
    apart = {"P1": range(50), "P2": range(50, 100)}
    assert propose_aliases(plan_from(one, other, reach=apart), samples.rulings()).is_empty()
    assert propose_aliases(plan_from(one, {"item_name": "爆破作业检查"}), samples.rulings()).is_empty()
    for answer in ("same", "different"):
        assert propose_aliases(plan_from(one, other), samples.rulings(("alias", "GA-001|GA-002", answer))).is_empty()
