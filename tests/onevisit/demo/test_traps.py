from collections import Counter, defaultdict

import pytest

from onevisit.demo.generator import demonstration_county

TRAPS = {
    "branch", "same_name", "same_owner", "renamed", "recoded", "rereg", "upgraded", "chain", "stall", "sibling",
    "school", "village",
}  # fmt: skip


@pytest.fixture(scope="module")
def truth(county):
    return demonstration_county(county, year=2027, entities=3000, seed="测试").truth


@pytest.fixture(scope="module")
def trapped(truth):
    """The subjects of each trap."""
    found = defaultdict(list)
    for one in truth.subjects:
        found[one.trap].append(one)
    return found


def groups(subjects, key):
    found = defaultdict(list)
    for one in subjects:
        found[key(one)].append(one)
    return [group for group in found.values() if len(group) > 1]


def test_every_trap_is_set_and_most_subjects_are_plain(trapped, truth):
    assert set(trapped) == TRAPS | {""}
    assert len(trapped[""]) > 0.8 * len(truth.subjects)


def test_even_the_smallest_county_has_every_trap(county):
    subjects = demonstration_county(county, year=2027, entities=200, seed="s").truth.subjects
    assert set(Counter(one.trap for one in subjects)) >= TRAPS - {"branch"}


def test_a_chain_has_shops_of_one_brand_in_several_towns(trapped):
    chains = groups(trapped["chain"], lambda one: one.core.split("连锁")[0])
    assert chains
    for shops in chains:
        assert {one.core[-2:] for one in shops} == {"一店", "二店", "三店"}
        assert len({one.town for one in shops}) == 3


def test_neighbouring_stalls_share_the_market_office_s_phone(trapped):
    markets = groups(trapped["stall"], lambda one: one.phone)
    assert markets
    for stalls in markets:
        assert len({one.place.split("市场")[0] for one in stalls}) == 1
        assert len({one.place for one in stalls}) == len({one.legal_rep for one in stalls}) == len(stalls)


def test_sibling_firms_have_one_owner_and_one_door_and_two_names(trapped):
    pairs = groups(trapped["sibling"], lambda one: (one.representative_id, one.town, one.place))
    assert pairs and all(len({one.name for one in pair}) == len({one.code for one in pair}) == 2 for pair in pairs)


def test_a_school_and_its_kindergarten_have_one_principal(trapped):
    pairs = groups(trapped["school"], lambda one: (one.legal_rep, one.town, one.place, one.phone))
    assert pairs
    for pair in pairs:
        school, kindergarten = sorted((one.name for one in pair), key=len)
        assert kindergarten == school + "附属幼儿园"


def test_a_village_has_a_committee_a_collective_and_a_clinic(trapped):
    villages = groups(trapped["village"], lambda one: (one.town, one.place, one.phone))
    assert villages
    for bodies in villages:
        by_start = {one.code[:2]: one for one in bodies}
        assert {"54", "N2"} < set(by_start)
        assert by_start["54"].legal_rep == by_start["N2"].legal_rep
        assert any(one.name.endswith("村卫生室") for one in bodies)


def test_an_upgraded_business_is_a_closed_shop_and_a_firm_at_one_door(trapped):
    pairs = groups(trapped["upgraded"], lambda one: (one.town, one.place, one.legal_rep))
    assert pairs
    for pair in pairs:
        shop, firm = sorted(pair, key=lambda one: one.kind, reverse=True)
        assert (shop.kind, shop.state, firm.kind, firm.state) == ("ind", "注销", "co", "存续")
        assert firm.core == shop.core + "有限公司"
        assert "企业" in firm.tags and "个体工商户" not in firm.tags


def test_a_superseded_code_still_stands_on_some_lists(trapped, truth):
    old_codes = {one.old_code for one in trapped["recoded"]}
    filed = [record for _, record in truth.records if record.cells["code"] in old_codes]
    assert "" not in old_codes and filed
    # Branches also go on with the code their company had.
    assert all({"old_code", "parent_code"} & set(record.slips) for record in filed)


def test_a_spreadsheet_rounds_codes_of_digits_alone(truth):
    rounded = [record for _, record in truth.records if "rounded" in record.slips]
    shapes = Counter("E" if "E+" in record.cells["code"] else record.cells["code"][-3:] for record in rounded)
    assert set(shapes) == {"E", "000"}
    whole = [record for record in rounded if record.cells["code"].endswith("000")]
    assert all(record.cells["code"][:15] == record.subject.code[:15] for record in whole)


def test_a_stranger_s_code_is_a_valid_one_of_somebody_else(truth):
    codes = {one.code for one in truth.subjects}
    wrong = [record for _, record in truth.records if "wrong_code" in record.slips]
    assert wrong
    assert all(record.cells["code"] in codes - {record.subject.code} for record in wrong)
