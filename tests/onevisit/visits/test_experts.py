"""Experts: drawn where an item needs one, never recused, never counted as inspectors."""

from typing import Any

import polars as pl

from onevisit.draw.ceremony import key
from onevisit.visits.experts import Call, assigned_experts, calls_of, expert_posts, expert_shortages
from onevisit.visits.group import visits_of, with_visits
from onevisit.visits.lots import ticket
from tests.onevisit.visits import samples
from tests.onevisit.visits.samples import HEALTH, INN, ONE, SHOP

SEEDS = {ONE: "a" * 64}
NEEDING = samples.items({"is_expert_needed": True, "tags": ["旅馆", "游泳馆"]})


def calls(
    experts: pl.DataFrame,
    *,
    items: pl.DataFrame = NEEDING,
    objects: pl.DataFrame | None = None,
    owed: tuple[dict[str, Any], ...] = ({},),
    recusals: pl.DataFrame | None = None,
) -> list[Call]:
    obligations = with_visits(samples.obligations(*owed).drop("visit_id"), samples.submitted(), max_items=8)
    staff = samples.staff(
        obligations, samples.people(), listed=items, registered=objects, experts=experts, recusals=recusals
    )
    visits = visits_of(obligations, samples.tasks(), samples.submitted(), max_items=8)
    return calls_of(visits=visits, obligations=obligations, staff=staff)


def test_an_expert_of_the_objects_field_is_drawn():
    both = samples.experts({}, {"expert_id": "E2", "specialty": "游泳馆"})
    (row,) = assigned_experts(calls(both), SEEDS)
    assert (row["expert_id"], row["specialty"], row["visit_id"]) == ("E1", "旅馆", "01-DY-0001-01")


def test_an_item_that_needs_none_calls_none():
    assert calls(samples.experts({}), items=samples.items()) == []


def test_an_item_without_a_tag_in_common_takes_any_expert_of_its_own():
    other = samples.objects({"tags": ["网吧"]})
    assert assigned_experts(calls(samples.experts({"specialty": "游泳馆"}), objects=other), SEEDS)


def test_a_recused_or_invalid_expert_is_a_named_shortage():
    experts = samples.experts({}, {"expert_id": "E2", "is_valid": False})
    called = calls(experts, recusals=samples.recusals({"expert_id": "E1"}))
    assert assigned_experts(called, SEEDS) == []
    (short,) = expert_shortages(called)
    assert (short["kind"], short["needed"], short["eligible"], short["department"]) == ("experts", 1, 0, HEALTH)
    assert "旅馆" in str(short["reason"])


def test_two_items_of_one_field_need_one_expert():
    items = samples.items(
        {"is_expert_needed": True}, {"item_code": "WJ-002", "is_expert_needed": True}, {"item_code": "WJ-003"}
    )
    owed = tuple({"item_code": f"WJ-00{n}"} for n in (1, 2, 3))
    (call,) = calls(samples.experts({}, {"expert_id": "E2"}), items=items, owed=owed)
    assert len(assigned_experts([call], SEEDS)) == 1


def test_who_suits_the_narrower_field_sits_for_the_wider_one_too():
    items = samples.items(
        {"is_expert_needed": True, "tags": ["旅馆"]},
        {"item_code": "WJ-002", "is_expert_needed": True, "tags": ["旅馆", "游泳馆"]},
    )
    owed = ({}, {"item_code": "WJ-002"})
    experts = samples.experts({}, {"expert_id": "E2", "specialty": "游泳馆"})
    (call,) = calls(experts, items=items, owed=owed, objects=samples.objects({"tags": ["旅馆", "游泳馆"]}))
    assert [row["expert_id"] for row in assigned_experts([call], SEEDS)] == ["E1"]


def test_experts_share_the_visits_evenly():
    owed = tuple({"object_id": one} for one in (SHOP, INN))
    objects = samples.objects({}, {"object_id": INN})
    rows = assigned_experts(calls(samples.experts({}, {"expert_id": "E2"}), owed=owed, objects=objects), SEEDS)
    assert sorted(str(row["expert_id"]) for row in rows) == ["E1", "E2"]


THREE = samples.experts(*[{"expert_id": f"E{number}", "specialty": "旅馆"} for number in (1, 2, 3)])


def test_an_expert_has_an_alternate_of_the_same_field():
    both = samples.experts({}, {"expert_id": "E2", "specialty": "游泳馆"})
    (alone,) = assigned_experts(calls(both), SEEDS)
    assert alone["alternate"] is None
    (row,) = assigned_experts(calls(THREE), SEEDS)
    names = {one.name for one in calls(THREE)[0].experts}
    assert row["alternate"] in names - {row["commitment"]}
    assert row["alternate_ticket"] == min(
        ticket(key(SEEDS[ONE], "experts/T001"), "DY-0001-01", one) for one in names - {row["commitment"]}
    )


def test_who_is_on_the_register_no_more_is_not_called_for_an_expert():
    (call,) = calls(THREE)
    drawn, gone, free = (one.name for one in call.experts)
    staff = samples.staff(samples.obligations({}), samples.people(), listed=NEEDING, experts=THREE)
    post = expert_posts([call], staff, SEEDS, {drawn, free})(
        (call.visit_id, call.task_id), [{"commitment": drawn}], frozenset()
    )
    assert post.bench.candidates == {drawn, free}
    (seat,) = post.seats_of(free)
    assert (seat["commitment"], seat["specialty"]) == (free, "旅馆")
    assert gone not in post.bench.candidates


def test_what_experts_carry_already_counts():
    names = {one.expert_id: one.name for one in calls(THREE)[0].experts}
    (row,) = assigned_experts(calls(THREE), SEEDS, {names["E1"]: 1, names["E3"]: 2})
    assert (row["expert_id"], row["alternate"]) == ("E2", names["E1"])
