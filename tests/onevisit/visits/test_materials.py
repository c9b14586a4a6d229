"""One list of documents for all departments: nothing asked twice, nothing lost."""

from onevisit.visits.materials import Material, asked_once
from tests.onevisit.visits.samples import HEALTH, POLICE


def test_a_document_two_departments_want_is_asked_for_once_and_both_look_at_it():
    assert asked_once([(HEALTH, "营业执照"), (POLICE, "营业执照")]) == (Material("营业执照", (HEALTH, POLICE)),)


def test_of_several_forms_of_one_document_the_most_telling_is_asked_for():
    for forms in (["营业执照", "营业执照正、副本", "营业执照副本"], ["营业执照副本", "营业执照 正、副本"]):
        assert [one.text for one in asked_once((HEALTH, form) for form in forms)] == ["营业执照正、副本"]


def test_another_document_with_a_like_name_is_another_document():
    wanted = ["营业执照", "供货商营业执照", "健康证明", "从业人员健康证明"]
    assert [one.text for one in asked_once((HEALTH, text) for text in wanted)] == wanted


def test_of_a_pair_the_half_asked_for_anyway_is_left_out():
    found = asked_once([(POLICE, "营业执照和授权书"), (HEALTH, "营业执照副本")])
    assert [one.text for one in found] == ["营业执照副本", "授权书"]
    assert found[0].departments == (POLICE, HEALTH)


def test_a_pair_of_which_neither_half_is_asked_for_stays_whole():
    assert [one.text for one in asked_once([(HEALTH, "应急预案和演练记录")])] == ["应急预案和演练记录"]


def test_nothing_is_asked_for_where_no_guide_asks():
    assert asked_once([]) == ()
    assert asked_once([(HEALTH, "　")]) == ()
