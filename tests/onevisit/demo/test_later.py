from collections import Counter

import pytest

from onevisit.demo.generator import demonstration_county, next_year
from onevisit.demo.registers import Dirt


@pytest.fixture(scope="module")
def before(county):
    return demonstration_county(county, year=2027, entities=3000, seed="测试")


@pytest.fixture(scope="module")
def after(county, before):
    return next_year(county, before, year=2028)


@pytest.fixture(scope="module")
def subjects(before, after):
    """Subjects of both years: before and after."""
    now = {one.entity_id: one for one in after.truth.subjects}
    return [(one, now[one.entity_id]) for one in before.truth.subjects if one.entity_id in now]


@pytest.fixture(scope="module")
def lines(before, after):
    """Lines of both years: before and after."""
    now = {record.record_id: record for _, record in after.truth.records}
    return [(one, now[one.record_id]) for _, one in before.truth.records if one.record_id in now]


def test_some_records_leave_and_more_arrive(before, after):
    old, new = before.truth.entity_ids, after.truth.entity_ids
    assert len(old.keys() - new.keys()) / len(old) == pytest.approx(0.05, abs=0.01)
    assert len(new.keys() - old.keys()) / len(old) == pytest.approx(0.07, abs=0.01)


def test_a_record_that_stays_is_the_same_entity_s(lines):
    assert all(one.subject.entity_id == now.subject.entity_id for one, now in lines)


def test_a_record_number_is_given_to_nobody_else(before, after):
    for truth in (before.truth, after.truth):
        assert len(truth.entity_ids) == len(truth.records)


def test_most_lines_stay_as_they_were_right_or_wrong(lines):
    same = [one for one, now in lines if one.cells == now.cells]
    assert 0.78 < len(same) / len(lines) < 0.88
    assert any(one.slips for one in same)


def test_the_registering_authority_hears_of_every_change(county, after):
    for name, record in after.truth.records:
        if name == county.bureau.name and record.subject.state == "注销" and not record.fault:
            assert record.cells["status"] == "注销"


def test_businesses_close_move_are_renamed_and_led_anew(subjects):
    changes = Counter(
        name
        for one, now in subjects
        for name in ("state", "place", "name", "legal_rep")
        if getattr(one, name) != getattr(now, name)
    )
    assert set(changes) == {"state", "place", "name", "legal_rep"}
    assert all(now.old_name == one.name for one, now in subjects if one.name != now.name)


@pytest.mark.parametrize(("trap", "kind"), [("rereg", "ind"), ("upgraded", "co")])
def test_who_takes_a_closed_one_s_place_is_a_new_entity(before, after, trap, kind):
    known = {one.entity_id for one in before.truth.subjects}
    doors = {(one.town, one.place): one for one in after.truth.subjects if one.state == "注销"}
    new = [one for one in after.truth.subjects if one.trap == trap and one.entity_id not in known]
    assert new
    for one in new:
        closed = doors[one.town, one.place]
        assert closed.entity_id in known and closed.code != one.code and one.kind == kind


def test_numbers_of_two_years_belong_to_one_each(before, after):
    owners = {}
    for one in (*before.truth.subjects, *after.truth.subjects):
        if one.code:
            assert owners.setdefault(one.code, one.entity_id) == one.entity_id


def test_people_leave_and_newcomers_take_their_posts(before, after):
    old = {one.person_id: one for one in before.truth.people}
    new = {one.person_id: one for one in after.truth.people}
    assert len(old) == len(new) and 0 < len(old.keys() - new.keys()) < 0.1 * len(old)
    posts = [Counter((one.department, one.item_codes) for one in people.values()) for people in (old, new)]
    assert posts[0] == posts[1]
    stay = before.truth.person_ids.keys() & after.truth.person_ids.keys()
    assert all(before.truth.person_ids[number] == after.truth.person_ids[number] for number in stay)


def test_a_year_later_is_the_same_for_ever(county, before, after):
    assert next_year(county, before, year=2028).files == after.files


def test_making_the_next_year_leaves_this_one_alone(county, before):
    cells = [dict(record.cells) for _, record in before.truth.records]
    next_year(county, before, year=2028)
    assert cells == [record.cells for _, record in before.truth.records]


def test_a_county_can_go_on_for_years(county, after):
    later = next_year(county, after, year=2029)
    assert later.recipe.year == 2029
    assert len(later.truth.records) > len(after.truth.records)


def test_the_dirt_stays(county):
    first = demonstration_county(county, year=2027, entities=200, seed="s", dirt=Dirt(codes_blank=1.0))
    assert not any(record.cells["code"] for _, record in next_year(county, first, year=2028).truth.records)


def test_a_year_that_does_not_follow_is_refused(county, before):
    with pytest.raises(ValueError, match="2029 does not follow 2027"):
        next_year(county, before, year=2029)
