import polars as pl
import pytest

from onevisit.county import County
from onevisit.registries.crosswalk import Crosswalk, crosswalk
from onevisit.registries.ids import ID_COLUMNS, RECORD_COLUMNS
from onevisit.registries.tables import DuplicatesToReview, LinkageWeights, ObjectSources
from tests.onevisit.registries import samples
from tests.onevisit.registries.samples import FARM, HEALTH, MARKET, NO_RULINGS, TAX, Row, objects, uscc

SHOP = {"source_id": "1", **samples.SHOP}
NO_IDS, NO_RECORDS = pl.DataFrame(schema=ID_COLUMNS), pl.DataFrame(schema=RECORD_COLUMNS)


def crossed(
    county: County, *rows: Row, rulings: pl.DataFrame = NO_RULINGS, year: int = 2027, **known: pl.DataFrame
) -> Crosswalk:
    ids, records = known.get("ids", NO_IDS), known.get("records", NO_RECORDS)
    found = crosswalk(objects(*rows), rulings, ids, records, year=year, county=county)
    ObjectSources.validate(found.sources, lazy=True)
    LinkageWeights.validate(found.weights, lazy=True)
    DuplicatesToReview.validate(found.duplicates, lazy=True)
    return found


def kinds(county: County, *rows: Row, **known: pl.DataFrame) -> list[tuple[str, str]]:
    return list(crossed(county, *rows, **known).duplicates.select("kind", "department").iter_rows())


def test_lookalikes_with_two_codes_are_shown_with_every_reason(county):
    found = crossed(county, SHOP, {**SHOP, "code": uscc(2), "source_id": "2"})
    [pair] = found.duplicates.to_dicts()
    assert (pair["kind"], pair["left_code"], pair["right_code"]) == ("two_codes", uscc(1), uscc(2))
    assert pair["left_id"] == uscc(1)
    assert pair["right_id"] == uscc(2)
    lines = pair["waterfall"].splitlines()
    assert "起点" in lines[0]
    assert any("名称相同（大英县蓬莱镇云诚超市）" in line for line in lines)
    assert "合计" in lines[-1]
    assert pair["left_phone"] == "133****0001"
    assert "13300000001" not in pair["waterfall"]


def test_a_closed_business_and_its_successor_are_not_asked_about(county):
    again = {**SHOP, "code": uscc(2), "source_id": "2", "opened_on": "2024-04-04"}
    assert kinds(county, {**SHOP, "status": "注销"}, again) == []


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (
            {"name": "大英县玉峰镇阳光旅馆", "address": "玉峰镇南街5号", "legal_rep": "何泽", "phone": "13300000009",
             "opened_on": "2003-03-03"},
            "填了别家的代码",
        ),
        ({"code": uscc(2)}, "换发之前的旧代码"),
    ],
)  # fmt: skip
def test_a_doubted_code_is_asked_of_the_department_that_filed_it(county, other, reason):
    found = crossed(county, SHOP, {**SHOP, "department": TAX, **other})
    [pair] = found.duplicates.to_dicts()
    assert (pair["kind"], pair["department"]) == ("suspect_code", TAX)
    assert reason in pair["reason"]
    assert found.sources.sort("row")["is_code_trusted"].to_list() == [True, False]


def test_what_is_neither_likely_nor_unlikely_is_asked_and_not_joined(county):
    vague = {
        **SHOP,
        "code": None,
        "department": TAX,
        "address": "大英县蓬莱镇下街9号",
        "phone": None,
        "opened_on": None,
    }
    found = crossed(county, SHOP, {**vague, "legal_rep": None})
    assert found.sources["object_id"].n_unique() == 2
    [pair] = found.duplicates.to_dicts()
    assert (pair["kind"], pair["department"]) == ("likely_same", TAX)
    assert 0.12 <= pair["probability"] < 0.8


def test_two_published_ids_that_would_become_one_are_asked(county):
    one, other = {**SHOP, "code": None}, {**SHOP, "code": None, "department": TAX}
    far = {
        **other,
        "name": "大英县玉峰镇阳光旅馆",
        "address": "玉峰镇南街5号",
        "legal_rep": "何泽",
        "opened_on": "2003-03-03",
    }
    last = crossed(county, one, far)
    known = {"ids": last.identified.ids, "records": last.identified.records}
    assert last.duplicates.is_empty()
    now = crossed(county, one, other, year=2028, **known)
    assert now.sources["object_id"].n_unique() == 2
    assert now.duplicates["kind"].to_list() == ["two_ids"]
    same = pl.DataFrame([("scjg:1", "tax:1", True)], schema=NO_RULINGS.schema, orient="row")
    joined = crossed(county, one, other, year=2028, rulings=same, **known)
    assert joined.sources["object_id"].n_unique() == 1
    assert joined.duplicates.is_empty()
    assert joined.identified.ids["state"].to_list().count("merged") == 1


def test_an_object_keeps_its_id_when_its_records_change_and_takes_its_code_when_it_gets_one(county):
    one = {**SHOP, "code": None}
    last = crossed(county, one)
    [minted] = last.sources["object_id"]
    known = {"ids": last.identified.ids, "records": last.identified.records}
    moved = {**one, "address": "玉峰镇南街5号", "name": "大英县玉峰镇云诚超市"}
    assert crossed(county, moved, year=2028, **known).sources["object_id"].to_list() == [minted]
    coded = crossed(county, SHOP, year=2028, **known)
    assert coded.sources["object_id"].to_list() == [uscc(1)]
    [retired] = coded.identified.ids.filter(pl.col("id") == minted).to_dicts()
    assert (retired["state"], retired["merged_into"]) == ("merged", uscc(1))


def test_every_pair_has_an_id_that_no_order_of_rows_changes(county):
    rows = [
        SHOP,
        {**SHOP, "code": uscc(2), "source_id": "2"},
        {**SHOP, "code": uscc(4), "source_id": "3", "department": MARKET},
        {**SHOP, "department": HEALTH, "code": None},
        {**SHOP, "department": FARM, "code": None},
    ]
    frame = objects(*rows)
    first = crosswalk(frame, NO_RULINGS, NO_IDS, NO_RECORDS, year=2027, county=county)
    again = crosswalk(
        frame.sample(fraction=1, shuffle=True, seed=5), NO_RULINGS, NO_IDS, NO_RECORDS, year=2027, county=county
    )
    assert first.duplicates.equals(again.duplicates)
    assert first.sources.equals(again.sources)
    assert first.duplicates["pair_id"].is_unique().all()


def test_a_code_borne_by_two_is_asked_beside_the_other_bearer_not_beside_the_true_records(county):
    inn = {"name": "大英县玉峰镇阳光旅馆", "address": "玉峰镇南街5号", "legal_rep": "何泽", "phone": "13300000009",
           "opened_on": "2003-03-03", "code": uscc(5)}  # fmt: skip
    wrong = {**inn, "code": uscc(1), "department": TAX, "source_id": "9"}
    found = crossed(county, SHOP, inn, wrong).duplicates.filter(kind="suspect_code")
    [pair] = found.to_dicts()
    assert "填了别家的代码" in pair["reason"]
    assert {pair["left_code"], pair["right_code"]} == {uscc(1)}
    assert {pair["left_name"], pair["right_name"]} == {SHOP["name"], inn["name"]}
