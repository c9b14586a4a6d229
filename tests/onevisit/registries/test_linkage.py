import hashlib

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from onevisit.county import County
from onevisit.registries.linkage import link, mint, prepare
from tests.onevisit.registries.samples import FARM, HEALTH, MARKET, TAX, objects, organisation, registration, uscc


def ids(county: County, *rows: dict[str, str | None]) -> list[str]:
    """Return the object id of each row, in the order given."""
    linked = link(prepare(objects(*rows), county), county)
    return linked.sort("row")["object_id"].to_list()


def why(county: County, *rows: dict[str, str | None]) -> list[str]:
    return link(prepare(objects(*rows), county), county).sort("row")["matched_by"].to_list()


SHOP = {"name": "大英县云诚超市", "town": "蓬莱镇", "code": uscc(1), "legal_rep": "唐琴"}


def test_the_same_trusted_code_is_the_same_object_whatever_the_widths(county):
    rows = [SHOP, {**SHOP, "department": TAX, "code": f" {uscc(1).lower()}", "name": "云诚 超市"}]
    assert ids(county, *rows) == [uscc(1), uscc(1)]
    assert why(county, *rows) == ["code", "code"]


def test_different_trusted_codes_never_merge(county):
    assert ids(county, SHOP, {**SHOP, "code": uscc(2)}) == [uscc(1), uscc(2)]


def test_a_record_without_code_joins_the_object_of_its_name_and_town(county):
    rows = [SHOP, {"name": "蓬莱镇云诚超市（个体工商户）", "code": "/", "department": TAX}]
    assert ids(county, *rows) == [uscc(1), uscc(1)]
    assert why(county, *rows) == ["code", "name_town"]


def test_a_record_without_code_in_another_town_stays_apart(county):
    assert ids(county, SHOP, {"name": "云诚超市", "town": "玉峰镇"})[1].startswith("DY-")


def test_a_record_of_the_same_name_and_person_joins_even_without_a_town(county):
    rows = [SHOP, {"name": "云诚超市", "legal_rep": "唐 琴", "department": TAX}]
    assert ids(county, *rows) == [uscc(1), uscc(1)]
    assert why(county, *rows)[1] == "name_person"


def test_a_masked_person_tells_nothing(county):
    masked = {"name": "云诚超市", "legal_rep": "唐*", "department": TAX}
    assert ids(county, {**SHOP, "legal_rep": "唐*"}, masked)[1] != uscc(1)


def test_between_two_codes_a_record_without_code_joins_neither(county):
    free = {"name": "云诚超市", "town": "蓬莱镇"}
    found = ids(county, SHOP, {**SHOP, "code": uscc(2), "legal_rep": "何泽"}, free, {**free, "department": TAX})
    assert found[2] == found[3]
    assert found[2] not in (uscc(1), uscc(2))


def test_records_without_code_and_town_stay_alone(county):
    rows = [{"name": "云诚超市"}, {"name": "云诚超市", "department": TAX}]
    assert len(set(ids(county, *rows))) == 2
    assert why(county, *rows) == ["alone", "alone"]


def test_an_organisation_code_is_part_of_a_credit_code(county):
    rows = [{**SHOP, "code": uscc(1)}, {"name": "别的写法", "code": organisation(1), "department": TAX}]
    assert ids(county, *rows) == [uscc(1), uscc(1)]
    assert why(county, *rows) == ["code", "code"]


def test_an_organisation_code_of_two_credit_codes_is_nobodys(county):
    rows = [SHOP, {**SHOP, "code": uscc(1, "91")}, {"name": "别的写法", "code": organisation(1)}]
    assert ids(county, *rows)[2].startswith("DY-")


def test_the_same_registration_number_is_the_same_object(county):
    rows = [{"name": "云诚超市", "code": registration(7)}, {"name": "旧名超市", "code": registration(7)}]
    first, second = ids(county, *rows)
    assert first == second
    assert why(county, *rows) == ["code", "code"]


def test_an_id_card_is_never_a_reason_to_merge(county):
    masked = "510923********681X"
    first, second = ids(county, {"name": "甲超市", "code": masked}, {"name": "乙茶楼", "code": masked})
    assert first != second


def test_a_branch_with_its_parents_code_is_an_object_of_its_own(county):
    parent = {"name": "四川天海盐化有限公司", "code": uscc(3, "91"), "town": "蓬莱镇", "legal_rep": "王莉"}
    branch = {**parent, "name": "四川天海盐化有限公司蓬莱分公司", "department": TAX}
    assert ids(county, parent, branch)[0] == uscc(3, "91")
    assert ids(county, parent, branch)[1].startswith("DY-")


def test_a_branch_keeps_a_code_that_is_its_own(county):
    branch = {"name": "四川天海盐化有限公司蓬莱分公司", "code": uscc(3, "91")}
    assert ids(county, branch, {**branch, "department": TAX}) == [uscc(3, "91")] * 2


def test_a_strangers_code_does_not_merge_and_the_registering_authority_keeps_it(county):
    stranger = {"name": "阳光旅馆", "town": "玉峰镇", "code": uscc(1), "legal_rep": "何泽", "department": "县公安局"}
    true = {"name": "阳光旅馆", "town": "玉峰镇", "code": uscc(5), "legal_rep": "何泽"}
    assert ids(county, stranger, SHOP, true) == [uscc(5), uscc(1), uscc(5)]


def test_a_code_with_a_new_name_but_the_same_person_is_believed(county):
    assert ids(county, SHOP, {**SHOP, "name": "阳光旅馆", "department": TAX}) == [uscc(1), uscc(1)]


def test_a_minted_id_follows_the_departments_record_number_not_the_row(county):
    number = {"name": "云诚超市", "source_id": "SCJG-1"}
    [alone] = ids(county, number)
    assert ids(county, {"name": "另一家"}, number)[1] == alone


def test_two_records_with_one_number_still_get_two_ids(county):
    assert len(set(ids(county, {"name": "甲店", "source_id": "1"}, {"name": "乙店", "source_id": "1"}))) == 2


def test_ids_that_collide_get_more_digits_and_no_other_changes():
    origins = [str(number) for number in range(40)]
    ids = mint(origins, "DY", digits=(1, 2, 3, 10))
    assert len(set(ids.values())) == 40
    assert ids == mint(origins[::-1], "DY", digits=(1, 2, 3, 10))
    short = [origin for origin, text in ids.items() if len(text) == len("DY-00")]
    assert short
    assert mint(short, "DY", digits=(2,)) == {origin: ids[origin] for origin in short}


def test_a_minted_id_is_the_countys_letters_and_ten_digits_of_a_hash():
    digest = hashlib.sha256("县税务局|1".encode()).hexdigest()
    assert mint(["县税务局|1"], "DY") == {"县税务局|1": f"DY-{int(digest, 16) % 10**10:010}"}


RECORD = st.fixed_dictionaries(
    {
        "department": st.sampled_from([MARKET, TAX, HEALTH, FARM]),
        "name": st.sampled_from(["大英县云诚超市", "云诚超市", "阳光旅馆", "天海公司", "天海公司一店"]),
        "code": st.sampled_from([None, uscc(1), uscc(2), organisation(1), registration(1), "510923********681X"]),
        "town": st.sampled_from([None, "蓬莱镇", "玉峰镇"]),
        "legal_rep": st.sampled_from([None, "唐琴", "何泽"]),
        "source_id": st.sampled_from([None, "1", "2", "3"]),
    }
)


@settings(max_examples=60, deadline=None)
@given(st.lists(RECORD, min_size=1, max_size=10), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter_and_codes_stay_apart(county, rows, chance):
    frame = objects(*rows)
    shuffled = frame.sample(fraction=1, shuffle=True, seed=chance.randrange(10**6))
    linked = link(prepare(frame, county), county)
    assert linked.equals(link(prepare(shuffled, county), county))
    assert linked.height == frame.height
    codes = linked.filter(pl.col("code_kind") == "uscc")["code"].unique()
    assert set(codes) <= set(linked["object_id"])
    assert linked["object_id"].str.contains(r"^[0-9A-Z-]{1,22}$").all()
