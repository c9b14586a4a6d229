"""The promises about visits, each on a frame that keeps it and one that breaks it."""

import polars as pl
import pytest

from checks import visits as promises
from onevisit.registries.tables import Lent
from onevisit.tables import Table, frame_of
from onevisit.visits.deferred import Caps, over_caps
from onevisit.visits.tables import Alternates, Deadlines, ExpertAssignments, Recusals, Shortages, Teams, Visits
from tests.onevisit.visits import samples
from tests.onevisit.visits.samples import HEALTH, POLICE, SHOP, day

VISIT = "01-DY-0001-01"


def rows(model: type[Table], defaults: dict[str, object], *some: dict[str, object]) -> pl.DataFrame:
    return frame_of(model, [{**defaults, **one} for one in some])


def visits(*some: dict[str, object]) -> pl.DataFrame:
    defaults: dict[str, object] = {
        "visit_id": VISIT,
        "serial": samples.ONE,
        "object_id": SHOP,
        "task_ids": ["T001"],
        "lead_department": HEALTH,
        "departments": [HEALTH],
        "item_codes": ["WJ-001"],
        "starts_on": day("03-05"),
        "ends_on": day("05-31"),
        "opened_by": "R1",
        "object_visits": 1,
        "lower_bound": 1,
        "is_proven": True,
    }
    return rows(Visits, defaults, *(some or ({},)))


def teams(*some: dict[str, object]) -> pl.DataFrame:
    defaults: dict[str, object] = {
        "visit_id": VISIT,
        "department": HEALTH,
        "commitment": "0" * 64,
        "ticket": "0" * 64,
        "is_specialist": False,
        "is_leader": False,
    }
    return rows(Teams, defaults, *some)


TWO = teams({"person_id": "P-0001", "is_leader": True}, {"person_id": "P-0002"})
SERVED = samples.obligations({"visit_id": VISIT})


def test_more_departments_or_items_at_once_than_may_come_are_found():
    both = visits({"departments": [HEALTH, POLICE]})
    assert promises.crowded_doors(both, SERVED, {"max_items": 1, "max_departments": 2}).is_empty()
    assert promises.crowded_doors(both, SERVED, {"max_items": 1}).is_empty()
    assert promises.crowded_doors(both, SERVED, {"max_items": 1, "max_departments": 1})["visit_id"].to_list() == [VISIT]
    twice = pl.concat([SERVED, SERVED.with_columns(item_code=pl.lit("WJ-002"))])
    assert promises.crowded_doors(both, twice, {"max_items": 1})["check_count"].to_list() == [2]


def test_a_check_owed_twice_is_found():
    assert promises.every_check_is_owed_once.judge(SERVED).is_empty()
    assert promises.every_check_is_owed_once.judge(pl.concat([SERVED, SERVED])).height == 2


def test_a_drawn_object_that_owes_nothing_is_found():
    judge, rounds, none = promises.nothing_drawn_is_forgotten.judge, samples.rounds(), samples.substitutes()
    drawn, owed, later = samples.drawn({}), samples.obligations(), samples.deferred()
    assert judge(rounds, drawn, none, SERVED, later).is_empty()
    assert judge(rounds, drawn, none, owed, samples.deferred({})).is_empty()
    assert judge(rounds, drawn, none, owed, later).height == 1
    assert judge(samples.rounds({"state": "void"}), drawn, none, owed, later).is_empty()
    assert judge(rounds, drawn, samples.substitutes({"new_id": None}), owed, later).is_empty()
    assert judge(rounds, drawn, samples.substitutes({}), owed, later)["object_id"].to_list() == ["DY-0002"]


def test_a_check_that_is_neither_kept_nor_deferred_or_both_is_found():
    judge = promises.every_check_owed_is_kept_or_deferred.judge
    draw = (samples.rounds(), samples.drawn({}), samples.batches({}), samples.substitutes())
    plan = (samples.tasks(), samples.task_items({}))
    none, kept, later = samples.obligations(), samples.obligations({}), samples.deferred({})
    assert judge(kept, samples.deferred(), *draw, *plan).is_empty()
    assert judge(none, later, *draw, *plan).is_empty()
    assert judge(none, samples.deferred(), *draw, *plan)["told"].to_list() == [None]
    assert judge(kept, later, *draw, *plan)["told"].to_list() == [2]
    assert judge(kept, samples.deferred({"item_code": "WJ-002"}), *draw, *plan)["item_code"].to_list() == ["WJ-002"]


def test_a_department_that_comes_too_often_is_found():
    items = samples.items({"frequency_max": 3}).select("item_code", "tier", "frequency_max")
    twice = samples.obligations({"visit_id": VISIT}, {"visit_id": "02-DY-0001-01", "serial": samples.TWO})
    assert over_caps(twice, Caps({samples.HEALTH: 2}, items, [])).is_empty()
    assert over_caps(twice, Caps({samples.HEALTH: 1}, items, [])).rows() == [("DY-0001", samples.HEALTH, 2, 1)]
    assert over_caps(twice, Caps({samples.HEALTH: 1}, items, ["R1"])).is_empty()
    seldom = items.with_columns(frequency_max=pl.lit(1, pl.Int64))
    assert over_caps(twice, Caps({samples.HEALTH: 2}, seldom, [])).rows() == [("DY-0001", "WJ-001", 2, 1)]


def test_a_certificate_number_of_two_people_is_found():
    judge = promises.every_certificate_names_one_person.judge
    assert judge(samples.people({}, {})[0]).is_empty()
    assert judge(samples.people({"certificate_no": "1"}, {"certificate_no": "1"})[0]).height == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"visit_id": None},
        {"visit_id": VISIT, "object_id": "DY-0002"},
        {"visit_id": VISIT, "item_code": "WJ-002"},
        {"visit_id": VISIT, "is_on_site": False},
    ],
)
def test_a_check_at_the_door_outside_any_visit_is_found(wrong: dict[str, object]):
    judge = promises.every_check_at_the_door_is_in_a_visit.judge
    assert judge(SERVED, visits()).is_empty()
    assert judge(samples.obligations({"is_on_site": False}), visits()).is_empty()
    assert judge(samples.obligations(wrong), visits()).height == 1


@pytest.mark.parametrize(
    "wrong",
    [{"starts_on": day("03-04")}, {"ends_on": day("06-01")}, {"starts_on": day("05-31"), "ends_on": day("05-30")}],
)
def test_a_visit_outside_its_windows_is_found(wrong: dict[str, object]):
    judge = promises.no_visit_is_outside_its_windows.judge
    assert judge(SERVED, visits()).is_empty()
    assert judge(SERVED, visits(wrong)).height == 1


def test_a_visit_count_below_its_bound_or_unproven_is_found():
    assert promises.no_object_is_below_its_bound.judge(visits()).is_empty()
    assert promises.no_object_is_below_its_bound.judge(visits({"lower_bound": 2})).height == 1
    assert promises.every_object_has_its_fewest_visits.judge(visits()).is_empty()
    assert promises.every_object_has_its_fewest_visits.judge(visits({"is_proven": False})).height == 1


def test_an_exclusive_check_in_company_is_found():
    judge, plan = promises.an_exclusive_check_stays_alone.judge, samples.submitted({"is_exclusive": True})
    assert judge(visits(), plan).is_empty()
    assert judge(visits({"task_ids": ["T001", "T002"]}), plan).height == 1


def test_a_department_short_in_silence_is_found():
    judge, nobody = promises.nobody_is_short_in_silence.judge, frame_of(Shortages, [])
    short: dict[str, object] = {
        "visit_id": VISIT,
        "department": HEALTH,
        "kind": "inspectors",
        "needed": 2,
        "eligible": 1,
    }
    assert judge(visits(), TWO, nobody).is_empty()
    assert judge(visits(), TWO.head(1), nobody).height == 1
    assert judge(visits(), TWO.head(0), rows(Shortages, short, {"reason": "不足"})).is_empty()
    assert judge(visits(), TWO.head(0), rows(Shortages, short, {"kind": "experts", "reason": "不足"})).height == 1


def test_a_person_who_counts_twice_is_found():
    judge = promises.nobody_counts_twice_on_a_visit.judge
    assert judge(TWO).is_empty()
    assert judge(teams({"person_id": "P-0001"}, {"person_id": "P-0001", "department": POLICE})).height == 2


def test_a_recused_person_or_expert_who_is_sent_is_found():
    apart: dict[str, object] = {"object_id": SHOP, "relation": "持股", "source": "本人申报"}
    recusals = rows(Recusals, apart, {"person_id": "P-0001"}, {"expert_id": "E1"})
    sent = rows(ExpertAssignments, {"visit_id": VISIT, "specialty": "旅馆", "ticket": "0" * 64}, {"expert_id": "E1"})
    assert promises.no_recused_inspector_is_sent.judge(TWO, visits(), recusals.tail(1)).is_empty()
    assert promises.no_recused_inspector_is_sent.judge(TWO, visits(), recusals).height == 1
    assert promises.no_recused_expert_is_sent.judge(sent, visits(), recusals.head(1)).is_empty()
    assert promises.no_recused_expert_is_sent.judge(sent, visits(), recusals).height == 1


def alternates(*some: dict[str, object]) -> pl.DataFrame:
    defaults: dict[str, object] = {
        "visit_id": VISIT,
        "kind": "inspectors",
        "department": HEALTH,
        "replaces": "0" * 64,
        "person_id": "P-0003",
        "commitment": "3" * 64,
        "ticket": "0" * 64,
    }
    return rows(Alternates, defaults, *some)


def test_an_alternate_who_is_recused_is_found():
    judge = promises.no_recused_alternate_waits.judge
    waiting = alternates({}, {"kind": "experts", "person_id": None, "expert_id": "E1"})
    assert judge(waiting, visits(), samples.recusals({"person_id": "P-0002"}, {"expert_id": "E2"})).is_empty()
    assert judge(waiting, visits(), samples.recusals({"person_id": "P-0003"})).height == 1
    assert judge(waiting, visits(), samples.recusals({"expert_id": "E1"}))["kind"].to_list() == ["experts"]


@pytest.mark.parametrize(
    "wrong", [{"replaces": "9" * 64}, {"visit_id": "01-DY-0002-01"}, {"kind": "experts"}, {"commitment": "0" * 64}]
)
def test_an_alternate_of_nobody_or_of_somebody_sent_already_is_found(wrong: dict[str, object]):
    judge, nobody = promises.every_alternate_waits_for_somebody_sent.judge, frame_of(ExpertAssignments, [])
    assert judge(alternates({}), TWO, nobody).is_empty()
    assert judge(alternates(wrong), TWO, nobody).height == 1


def test_a_replacement_without_a_reason_is_found():
    judge, nobody = promises.every_replacement_says_why.judge, frame_of(ExpertAssignments, [])
    assert judge(TWO, nobody).is_empty()
    assert judge(teams({"replaces": "1" * 64, "reason": "回避"}), nobody).is_empty()
    assert judge(teams({"replaces": "1" * 64}), nobody).height == 1
    unnamed = rows(ExpertAssignments, {"visit_id": VISIT}, {"expert_id": "E1", "reason": "回避"})
    assert judge(TWO, unnamed).height == 1


@pytest.mark.parametrize(
    "wrong", [{"is_eligible": False}, {"certificate_valid_to": day("05-30")}, {"certificate_valid_to": None}]
)
def test_somebody_who_may_not_be_sent_is_found(wrong: dict[str, object]):
    judge = promises.every_inspector_sent_may_be_sent.judge
    nobody = frame_of(Lent, [])
    assert judge(TWO, visits(), samples.people({}, {})[0], nobody).is_empty()
    assert judge(TWO, visits(), samples.people(wrong, {})[0], nobody).height == 1
    assert judge(TWO, visits(), samples.people({})[0], nobody).height == 1


@pytest.mark.parametrize(
    "wrong",
    [
        teams({"person_id": "P-0001"}, {"person_id": "P-0002"}),
        teams({"person_id": "P-0001", "is_leader": True}, {"person_id": "P-0002", "is_leader": True}),
        teams(
            {"person_id": "P-0001"},
            {"person_id": "P-0002"},
            {"person_id": "P-3", "department": POLICE, "is_leader": True},
        ),
    ],
)
def test_a_visit_without_exactly_one_leader_of_the_lead_is_found(wrong: pl.DataFrame):
    judge = promises.every_visit_has_one_leader_from_the_lead.judge
    assert judge(visits(), TWO).is_empty()
    assert judge(visits(), TWO.head(0)).is_empty()
    assert judge(visits(), wrong).height == 1


def clock(**change: object) -> pl.DataFrame:
    defaults: dict[str, object] = {
        "visit_id": VISIT,
        "drawn_on": day("03-01"),
        "task_start_by": day("03-08"),
        "visit_by": day("05-31"),
        "publish_by": day("06-28"),
        "day_state": "sample",
    }
    return rows(Deadlines, defaults, change)


def test_a_visit_without_its_deadlines_is_found():
    judge = promises.every_visit_has_its_deadlines.judge
    assert judge(visits(), clock()).is_empty()
    assert judge(visits(), clock(visit_by=day("05-30"))).height == 1


def test_a_task_that_opens_too_late_after_its_draw_is_found():
    judge = promises.every_task_can_start_in_time.judge
    assert judge(SERVED, visits(), clock()).is_empty()
    assert judge(SERVED, visits(), clock(task_start_by=day("03-04"))).height == 1


def test_duties_piled_on_two_people_are_found():
    several = [f"01-DY-000{number}-01" for number in (1, 2, 3)]
    doors = visits(*[{"visit_id": one, "object_id": one[3:10]} for one in several])
    owed = samples.obligations(*[{"visit_id": one, "object_id": one[3:10]} for one in several])
    staff = samples.staff(owed, samples.people({}, {}, {}))

    def sent(*pairs: tuple[str, str]) -> pl.DataFrame:
        each = zip(several, pairs, strict=True)
        return teams(*[{"visit_id": one, "person_id": person} for one, pair in each for person in pair])

    piled = sent(*[("P-0001", "P-0002")] * 3)
    shared = sent(("P-0001", "P-0002"), ("P-0002", "P-0003"), ("P-0003", "P-0001"))
    assert promises.piled_duties(shared, doors, owed, staff).is_empty()
    assert promises.piled_duties(piled, doors, owed, staff)["department"].to_list() == [HEALTH]


def test_a_check_nobody_asked_for_at_the_freeze_is_found():
    owed = samples.obligations({}, {"object_id": samples.INN})
    staff = samples.staff(owed, samples.people({}, {}))
    assert promises.not_asked_for(owed, staff).is_empty()
    added = samples.obligations({}, {"item_code": "WJ-002"})
    assert promises.not_asked_for(added, staff)["item_code"].to_list() == ["WJ-002"]
    assert promises.not_asked_for(owed, {}).height == 2
