import pytest

from onevisit.county import County
from onevisit.registries.objects import register
from onevisit.registries.tables import Signals
from onevisit.tables import frame_of
from tests.onevisit.registries.samples import HEALTH, TAX, as_one, objects, uscc

OLD = {
    "code": uscc(1), "name": "大英县云诚超市", "address": "大英县蓬莱镇上街1号", "town": "蓬莱镇", "legal_rep": "唐琴",
    "status": "注销", "opened_on": "2015-01-01",
}  # fmt: skip
NEW = {**OLD, "code": uscc(2), "status": "存续", "opened_on": "2020-01-01"}
FIRM = {**NEW, "code": uscc(3, "91"), "name": "大英县瑞丰商贸有限公司"}


def follows(county: County, *rows: dict[str, str | None]) -> list[tuple[str, str, str]]:
    """Return who follows whom and how; each code is an object."""
    frame = objects(*rows)
    ids = [row["code"] or "DY-1" for row in rows]
    found = register(frame, as_one(frame, county, *ids), frame_of(Signals, []), county).successors
    return found.select("object_id", "successor_of", "relation").rows()


RENEWED = [(uscc(2), uscc(1), "re-registration")]
UPGRADED = [(uscc(3, "91"), uscc(1), "individual_to_enterprise")]


@pytest.mark.parametrize("status", ["注销", "吊销", "停业"])
def test_a_business_with_a_new_code_follows_the_closed_one(county, status):
    assert follows(county, {**OLD, "status": status}, NEW) == RENEWED


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "大英县小时光超市"},
        {"legal_rep": "何泽"},
        {"legal_rep": "唐*"},
        {"address": "蓬莱镇上街1#附3号"},
        {"opened_on": None},
    ],
)
def test_operator_or_name_at_the_same_door_is_enough(county, changed):
    assert follows(county, OLD, {**NEW, **changed}) == RENEWED


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "大英县小时光超市", "legal_rep": "何泽"},
        {"name": "大英县小时光超市", "legal_rep": "唐*"},
        {"address": "大英县蓬莱镇上街2号"},
        {"town": "玉峰镇", "address": "大英县玉峰镇上街1号"},
        {"address": None},
        {"opened_on": "2014-01-01"},
        {"code": None},
        {"code": uscc(2, "12")},
    ],
)
def test_what_is_not_the_same_business_does_not_follow(county, changed):
    assert follows(county, OLD, {**NEW, **changed}) == []


def test_nobody_follows_a_living_business(county):
    assert follows(county, {**OLD, "status": "存续"}, NEW) == []


def test_a_firm_of_the_same_operator_at_the_same_door_is_an_upgrade(county):
    assert follows(county, OLD, FIRM) == UPGRADED
    assert follows(county, OLD, {**FIRM, "legal_rep": "何泽"}) == []


def test_a_second_firm_of_one_owner_follows_nobody(county):
    first = {
        **FIRM,
        "code": uscc(4, "91"),
        "name": "大英县新恒农业有限公司",
        "status": "吊销",
        "opened_on": "2010-01-01",
    }
    assert follows(county, first, FIRM) == []
    assert len(follows(county, {**first, "name": FIRM["name"]}, FIRM)) == 1


def test_in_a_village_a_door_without_number_needs_more_in_common(county):
    old = {**OLD, "address": "大英县玉峰镇福结村", "town": "玉峰镇", "phone": "13300000001"}
    firm = {**FIRM, "address": "玉峰镇福结村1组", "town": "玉峰镇", "phone": "13300000001"}
    assert follows(county, old, firm) == UPGRADED
    assert follows(county, old, {**firm, "phone": None}) == []


def test_what_one_department_masks_another_tells(county):
    masked = [{**OLD, "legal_rep": "唐*"}, {**OLD, "department": TAX}, {**FIRM, "legal_rep": "唐*"}]
    assert follows(county, *masked) == []
    assert follows(county, *masked, {**FIRM, "department": TAX}) == UPGRADED


def test_the_registering_authority_says_who_is_closed(county):
    living = {**OLD, "status": "存续"}
    assert follows(county, living, {**OLD, "department": TAX}, NEW) == []
    assert follows(county, {**living, "department": HEALTH}, {**OLD, "department": TAX}, NEW) == RENEWED


def test_each_follows_one_and_is_followed_by_one(county):
    older = {**OLD, "code": uscc(5), "opened_on": "2005-01-01"}
    assert follows(county, older, OLD, NEW) == [(uscc(1), uscc(5), "re-registration"), *RENEWED]
    twin = {**NEW, "code": uscc(6)}
    assert len(follows(county, OLD, NEW, twin)) == 1


def test_the_reason_names_what_is_the_same_and_no_person(county):
    frame = objects({**OLD, "phone": "13300000001"}, {**NEW, "phone": "133-0000-0001"})
    sources = as_one(frame, county, uscc(1), uscc(2))
    [reason] = register(frame, sources, frame_of(Signals, []), county).successors["reason"]
    assert reason == "重新登记：同一门牌，同一负责人，名称相同，联系电话相同；前者已注销，后者2020-01-01成立"
