import polars as pl
import pytest

from onevisit.county import County
from onevisit.registries.finding import findable
from onevisit.registries.interests import interests
from onevisit.registries.tables import Interests
from tests.onevisit.registries import samples
from tests.onevisit.registries.samples import HEALTH, MARKET, TAX, filed, uscc

SHOP = {"name": "大英县云诚超市", "code": uscc(1), "town": "蓬莱镇"}
LI = {"source_id": "7", "name": "李明", "employer": MARKET, "person_key": "k1"}
WANG = {
    "source_id": "7",
    "name": "王强",
    "employer": TAX,
    "person_key": "k2",
    "department": TAX,
    "certificate_no": None,
}
DECLARED = {"person_source_id": "7", "person_name": "李明", "employer": MARKET, "object_name": "云诚超市"}


def found(
    county: County,
    *declared: dict[str, str | None],
    inspectors: tuple[dict, ...] = (LI, WANG),
    objects: tuple[dict, ...] = (SHOP,),
    expert: dict[str, str | None] | None = None,
) -> pl.DataFrame:
    people, places = filed("inspectors", *inspectors), samples.objects(*objects)
    table = interests(
        filed("interests", *declared),
        inspectors=people,
        inspector_sources=samples.people_of(people, county),
        experts=filed(
            "experts", {"source_id": "ZJ001", "name": "王教授", "employer": "遂宁职业学院", **(expert or {})}
        ),
        objects=places,
        known=findable(samples.sources_of(places, county), county),
        year=2027,
    )
    Interests.validate(table, lazy=True)
    return table


def test_a_declaration_names_the_person_and_the_object(county):
    [row] = found(county, DECLARED).to_dicts()
    assert (row["person_id"], row["expert_id"], row["object_id"]) == ("P-0001", None, uscc(1))
    assert (row["relation"], row["declared_by"], row["row"]) == ("近亲属任职", "本人申报", 2)


@pytest.mark.parametrize(
    ("change", "person"),
    [
        ({"person_name": "王强", "employer": TAX}, "P-0002"),
        ({"person_source_id": None}, "P-0001"),
        ({"person_source_id": "99"}, "P-0001"),
        ({"employer": None}, "P-0001"),
        ({"employer": HEALTH}, "P-0001"),
        ({"person_name": "赵云"}, None),
        ({"person_source_id": "99", "employer": HEALTH}, None),
    ],
)
def test_a_number_counts_only_with_the_name(county, change, person):
    assert found(county, {**DECLARED, **change})["person_id"].to_list() == [person]


def test_two_people_of_one_name_and_employer_are_told_apart_by_number_only(county):
    twin = {**LI, "source_id": "8", "person_key": "k3", "certificate_no": "23510923000008"}
    both = {"inspectors": (LI, twin)}
    assert found(county, {**DECLARED, "person_source_id": "8"}, **both)["person_id"].to_list() == ["P-0002"]
    assert found(county, {**DECLARED, "person_source_id": None}, **both)["person_id"].to_list() == [None]


def test_an_expert_is_found_too(county):
    declared = {"person_source_id": "ZJ001", "person_name": "王教授", "employer": "遂宁职业学院"}
    [row] = found(county, {**DECLARED, **declared}).to_dicts()
    assert (row["person_id"], row["expert_id"]) == (None, "ZJ001")


def test_a_declaration_about_nobody_known_is_kept_for_a_clerk(county):
    [row] = found(county, {**DECLARED, "person_name": "赵云", "object_name": "不知道"}).to_dicts()
    assert (row["person_id"], row["object_id"]) == (None, None)


def test_an_inspectors_phone_at_an_object_is_an_interest_nobody_declared(county):
    people = ({**LI, "phone_key": "p1"}, {**LI, "department": TAX, "phone_key": "p1"})
    places = ({**SHOP, "phone_key": "p1"}, {**SHOP, "department": TAX, "phone_key": "p1"})
    table = found(county, inspectors=people, objects=places)
    assert table.select("person_id", "object_id", "relation", "declared_by", "department").rows() == [
        ("P-0001", uscc(1), "同一电话", "系统比对", MARKET)
    ]


def test_an_inspectors_id_number_and_name_at_an_object_are_an_interest(county):
    masked = "510923********681X"
    shop = {"name": "李明茶楼", "code": masked, "legal_rep": "李明"}
    people = ({**LI, "id_masked": masked},)
    assert found(county, inspectors=people, objects=(shop,))["relation"].to_list() == ["同一证件"]
    assert found(county, inspectors=people, objects=({**shop, "legal_rep": "王强"},)).is_empty()


def test_an_experts_phone_or_id_number_at_an_object_is_an_interest_too(county):
    table = found(county, expert={"phone_key": "p1"}, objects=({**SHOP, "phone_key": "p1"},))
    assert table.select("person_id", "expert_id", "relation").rows() == [(None, "ZJ001", "同一电话")]
    masked = "510923********681X"
    shop = {"name": "茶楼", "code": masked, "legal_rep": "王教授"}
    assert found(county, expert={"id_masked": masked}, objects=(shop,))["relation"].to_list() == ["同一证件"]


@pytest.mark.parametrize("post", ["云诚超市", uscc(1), "某市某公司、大英县云诚超市"])
def test_a_former_post_at_an_object_is_an_interest_with_its_source(county, post):
    table = found(county, inspectors=({**LI, "former_employer": post, "left_on": "2025-06-30"}, WANG))
    assert table.select("person_id", "object_id", "relation", "declared_by", "department", "file").rows() == [
        ("P-0001", uscc(1), "曾任职", "部门报送", MARKET, None)
    ]


@pytest.mark.parametrize(("left_on", "count"), [("2024-01-01", 1), ("2023-12-31", 0), (None, 1)])
def test_a_former_post_counts_for_the_countys_years_and_where_nobody_says_when_it_ended(county, left_on, count):
    people = ({**LI, "former_employer": "云诚超市", "left_on": left_on},)
    assert found(county, inspectors=people).height == count


def test_a_former_employer_that_is_no_object_keeps_nobody_from_anything(county):
    assert found(county, inspectors=({**LI, "former_employer": "成都某公司"},)).is_empty()
