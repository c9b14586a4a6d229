import pytest

from onevisit.registries.people import people
from tests.onevisit.registries.samples import HEALTH, TAX, filed

NOBODY = {"certificate_no": None, "certificate_valid_to": None}
LI = {"name": "李明", **NOBODY}


def found(*rows: dict[str, str | None]) -> list[tuple[int, str]]:
    """Return each row's cluster and why it is there, in the order of the rows."""
    return people(filed("inspectors", *rows).sort("row")).select("cluster", "matched_by").rows()


def are_one(*rows: dict[str, str | None]) -> bool:
    return len({cluster for cluster, _ in found(*rows)}) == 1


@pytest.mark.parametrize(
    ("left", "right", "matched_by"),
    [
        ({"person_key": "k1"}, {"name": "李鸣", "person_key": "k1"}, "id"),
        ({"certificate_no": "23510923000001"}, {"name": "李 明", "certificate_no": "川5109-23000001"}, "certificate"),
        ({"certificate_no": "23510923000001"}, {"certificate_no": "235109 23000001"}, "certificate"),
        ({"id_masked": "510923********681X", "person_key": "k1"}, {"id_masked": "510923****681X"}, "id"),
        ({"phone_key": "p1"}, {"phone_key": "p1"}, "phone"),
        ({"certificate_no": "23510923000001"}, {"name": "李铭", "certificate_no": "23510923000001"}, "certificate"),
        ({"phone_key": "p1"}, {"name": "李铭", "phone_key": "p1"}, "phone"),
        ({"certificate_valid_to": "2030-01-01"}, {"certificate_valid_to": "2030-01-01"}, "name_validity"),
    ],
)
def test_rows_of_two_departments_are_one_person(left, right, matched_by):
    assert found({**LI, **left}, {**LI, "department": TAX, **right}) == [(0, matched_by)] * 2


def test_a_person_two_departments_list_is_one_through_a_third_row():
    first = {**LI, "person_key": "k1", "phone_key": "p1"}
    second = {**LI, "department": TAX, "certificate_no": "23510923000001"}
    both = {**LI, "department": HEALTH, "certificate_no": "23510923000001", "phone_key": "p1"}
    assert are_one(first, second, both)


def test_a_renewed_certificate_does_not_part_what_a_phone_or_an_id_number_joins():
    old, new = {"certificate_no": "23510923000001"}, {"certificate_no": "23510923000002"}
    for same in ({"phone_key": "p1"}, {"person_key": "k1"}, {"id_masked": "510923********681X"}):
        assert are_one({**LI, **old, **same}, {**LI, **new, **same, "department": TAX})


def test_a_certificate_issued_again_keeps_its_last_day():
    rows = [{**LI, "certificate_no": f"2351092300000{n}", "certificate_valid_to": "2030-05-17"} for n in (1, 2)]
    assert are_one(rows[0], {**rows[1], "department": TAX})
    assert not are_one(rows[0], {**rows[1], "department": TAX, "certificate_valid_to": "2031-05-17"})


def test_the_same_rare_name_in_one_department_is_one_person():
    assert found(LI, {**LI, "phone_key": "p1"}) == [(0, "name_department")] * 2
    assert not are_one(LI, {**LI, "phone_key": "p1", "department": TAX})


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({"person_key": "k1"}, {"person_key": "k2"}),
        ({"certificate_no": "23510923000001"}, {"certificate_no": "23510923000002"}),
        ({"certificate_valid_to": "2030-01-01"}, {"certificate_valid_to": "2031-01-01"}),
        ({"id_masked": "510923********681X"}, {"id_masked": "510923********1234"}),
        ({"id_masked": "510923********681X"}, {"id_masked": "510922********681X"}),
        ({"phone_key": "p1"}, {"phone_key": "p2"}),
        ({"sex": "男"}, {"sex": "女"}),
    ],
)
def test_two_people_of_one_name_in_one_department_stay_two(left, right):
    assert not are_one({**LI, **left}, {**LI, **right})


def test_a_row_that_may_be_either_of_two_namesakes_joins_neither():
    first, second = {**LI, "person_key": "k1"}, {**LI, "person_key": "k2"}
    assert found(first, second, LI) == [(0, "alone"), (1, "alone"), (2, "alone")]
    seen = {"id_masked": "510923********681X"}
    assert len(set(found({**first, **seen}, {**second, **seen}, {**LI, **seen}))) == 3


def test_two_id_numbers_are_two_people_whatever_else_they_share():
    shared = {**LI, "certificate_no": "23510923000001", "phone_key": "p1", "certificate_valid_to": "2030-01-01"}
    assert not are_one({**shared, "person_key": "k1"}, {**shared, "person_key": "k2"})


@pytest.mark.parametrize(
    "same",
    [
        {},
        {"id_masked": "********"},
        {"id_masked": "510923************"},
        {"certificate_no": "无"},
    ],
)
def test_what_tells_nobody_apart_joins_nobody(same):
    assert not are_one({**LI, **same}, {**LI, **same, "department": TAX})


def test_colleagues_who_share_a_phone_are_not_one():
    assert not are_one({**LI, "phone_key": "p1"}, {**LI, "name": "王强", "phone_key": "p1"})


def test_a_name_many_have_does_not_tell_a_person_of_a_large_department():
    names = ("李强", "李静", "王明", "张明", "李伟", "赵明")
    crowd = [{**LI, "name": name, "phone_key": f"{name}{n}"} for n in range(15) for name in names]
    common, rare = found(*crowd, LI, LI)[-2:], found(*crowd, *[{**LI, "name": "邱杰婷"}] * 2)[-2:]
    assert [matched_by for _, matched_by in common] == ["alone"] * 2
    assert [matched_by for _, matched_by in rare] == ["name_department"] * 2


def test_a_day_on_which_many_certificates_end_tells_less():
    names = ("李强", "王明", "张静", "赵伟", "陈芳", "刘洋")
    rows = [
        {**LI, "certificate_valid_to": "2030-05-17"},
        {**LI, "certificate_valid_to": "2030-05-17", "department": TAX},
    ]

    def last_two(day: str) -> list[str]:
        crowd = [
            {**LI, "name": name, "phone_key": f"{name}{n}", "certificate_valid_to": day}
            for n in range(15)
            for name in names
        ]
        return [matched_by for _, matched_by in found(*crowd, *rows)[-2:]]

    assert last_two("2029-01-01") == ["name_validity"] * 2
    assert last_two("2030-05-17") == ["alone"] * 2
