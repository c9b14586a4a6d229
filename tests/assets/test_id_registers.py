"""Ids and changes over two years, through Dagster, on the files of two departments."""

import dagster as dg
import polars as pl
import pytest

import assets.registries
import checks.registries
from assets.filings import filings_assets
from assets.folders import Folders
from assets.id_registers import ids_of_later_years, known_ids
from assets.warehouse import Warehouse
from onevisit.county import County
from onevisit.registries.tables import (
    Changes,
    InspectorIdRecords,
    InspectorIds,
    Inspectors,
    InspectorSources,
    ObjectIdRecords,
    ObjectIds,
    Objects,
)
from tests.onevisit.registries.samples import uscc

OBJECTS = "记录编号,市场主体名称,统一社会信用代码,住所,法定代表人,登记状态"
PEOPLE = "人员编号,姓名,身份证号,人员类别,执法事项范围,执法证编号,执法证有效期,执法人员状态"
SHOP = f"S-1,大英县云诚超市,{uscc(1)},大英县蓬莱镇上街1号,唐琴,在业"
INN = "S-2,大英县阳光旅馆,,大英县玉峰镇下街2号,李明,在业"
LI = "1,李明,510923197912148020,执法人员,SCJG-001,23510923000001,2030-01-01,有效"
WANG = "2,王强,,执法人员,SCJG-001,23510923000002,2031-01-01,有效"


def file_and_run(warehouse: Warehouse, county: County, year: int, objects: list[str], people: list[str]) -> set[str]:
    """Put the lists into the inbox of a year, run the stage, and return the checks that failed.

    No list of items is filed: the check on those always warns and is left out.
    """
    folder = warehouse.folders.inbox(year) / "县市场监管局"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "检查对象名录.csv").write_text("\n".join([OBJECTS, *objects]), "utf-8")
    (folder / "执法检查人员名录.csv").write_text("\n".join([PEOPLE, *people]), "utf-8")
    with warehouse.held():
        result = dg.materialize(
            [
                *filings_assets(county),
                *dg.load_assets_from_modules([assets.registries]),
                *dg.load_asset_checks_from_modules([checks.registries]),
            ],
            partition_key=str(year),
            resources={"warehouse": warehouse, "county": county},
        )
    failed = {evaluation.check_name for evaluation in result.get_asset_check_evaluations() if not evaluation.passed}
    return failed - {"filed_lists_agree_with_the_record"}


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory, county: County) -> Warehouse:
    """Return the warehouse after two years: one shop is renamed, one inn closes down, one hall is new."""
    filled = Warehouse(Folders(tmp_path_factory.mktemp("data")))
    renamed, hall = (
        SHOP.replace("云诚", "长坝"),
        SHOP.replace("S-1", "S-0").replace(uscc(1), uscc(3)).replace("云诚", "春来"),
    )
    assert not file_and_run(filled, county, 2026, [SHOP, INN], [LI, WANG])
    assert not file_and_run(filled, county, 2027, [hall, renamed], ["0,赵云,,执法人员,SCJG-001,,,有效", WANG])
    return filled


def test_in_the_first_year_nothing_changes(warehouse):
    assert warehouse.read(Changes, 2026).is_empty()


def test_what_changed_since_the_year_before_is_told(warehouse):
    inn = warehouse.read(Objects, 2026).filter(pl.col("uscc").is_null())["object_id"].item()
    assert warehouse.read(Changes, 2027).select("object_id", "change", "before", "after").rows() == [
        (uscc(1), "renamed", "大英县云诚超市", "大英县长坝超市"),
        (uscc(3), "new", None, None),
        (inn, "gone", None, None),
    ]


def test_people_keep_their_ids_and_newcomers_are_numbered_on(warehouse):
    ids = {
        year: dict(warehouse.read(Inspectors, year).select("name", "person_id").iter_rows()) for year in (2026, 2027)
    }
    assert ids == {2026: {"李明": "P-0001", "王强": "P-0002"}, 2027: {"赵云": "P-0003", "王强": "P-0002"}}
    assert warehouse.read(InspectorIds, 2027).select("person_id", "first_year", "state").rows() == [
        ("P-0001", 2026, "gone"),
        ("P-0002", 2026, "active"),
        ("P-0003", 2027, "active"),
    ]


def test_a_year_run_again_begins_as_it_did(warehouse):
    ids, records = known_ids(warehouse, ObjectIds, ObjectIdRecords, 2027)
    assert sorted(ids["first_year"]) == [2026, 2026, 2027]
    assert sorted(records.select("record_key", "last_year").rows()) == [
        ("scjg:S-0", 2027),
        ("scjg:S-1", 2026),
        ("scjg:S-1", 2027),
        ("scjg:S-2", 2026),
    ]


def test_a_year_begins_with_the_latest_year_before(warehouse):
    ids, records = known_ids(warehouse, InspectorIds, InspectorIdRecords, 2030)
    assert ids["id"].to_list() == ["P-0001", "P-0002", "P-0003"]
    assert records.height == 3
    assert known_ids(warehouse, InspectorIds, InspectorIdRecords, 2025)[0].is_empty()
    assert ids_of_later_years(warehouse, InspectorIds, 2026) == {"P-0001", "P-0002", "P-0003"}


def test_a_late_comer_of_last_year_gets_no_number_that_this_year_gave(warehouse, county):
    file_and_run(warehouse, county, 2026, [SHOP, INN], [LI, WANG, "3,孙立,,执法人员,SCJG-001,,,有效"])
    people = warehouse.read(InspectorSources, 2026)
    assert dict(people.select("source_id", "person_id").iter_rows()) == {"1": "P-0001", "2": "P-0002", "3": "P-0004"}
