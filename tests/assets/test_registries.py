"""The registries stage through Dagster, on files of three departments."""

import dagster as dg
import pytest

import assets.registries
import checks.registries
from assets.filings import filings_assets
from assets.folders import Folders
from assets.warehouse import Warehouse
from checks.contracts import contract
from onevisit.county import County
from onevisit.registries.tables import (
    DuplicatesToReview,
    Inspectors,
    Interests,
    ItemDrift,
    Items,
    Objects,
    ObjectSources,
    Signals,
)
from onevisit.tables import models_of
from tests.onevisit.registries.samples import uscc

YEAR = 2027
CARD = "510923197912148020"
INBOX = {
    "县市场监管局/检查对象名录.csv": [
        "记录编号,市场主体名称,统一社会信用代码,住所,法定代表人,联系电话,登记状态,监管标签",
        f"S-1,大英县云诚超市,{uscc(1)},大英县蓬莱镇上街1号,唐琴,13300000001,在业,个体工商户",
        f"S-2,大英县阳光旅馆,{uscc(2)},大英县玉峰镇下街2号,李明,13300000002,注销,旅馆",
    ],
    "县卫生健康局/检查对象名录.csv": [
        "记录编号,单位名称,统一社会信用代码/机构代码,单位地址,法定代表人,乡镇,监管标签",
        "W-1,云诚超市（个体工商户）,/,蓬莱镇上街1#,唐琴,蓬莱镇,公共场所",
        f"W-2,大英县阳光旅馆,{CARD},玉峰镇下街2号,李明,玉峰镇,旅馆",
    ],
    "县市场监管局/执法检查人员名录.csv": [
        "人员编号,姓名,身份证号,手机号,人员类别,执法事项范围,执法证编号,执法证有效期,执法人员状态",
        f"1,李明,{CARD},13300000002,执法人员,SCJG-001,23510923000001,2030-01-01,有效",
    ],
    "县市场监管局/信用风险分类.csv": [
        "统一社会信用代码,企业名称,信用风险分类,评定日期",
        f"{uscc(1)},云诚超市,C,2026-11-01",
    ],
    "县市场监管局/利害关系回避申报.csv": [
        "人员编号,姓名,所在单位,相关检查对象,关系,来源",
        "1,李明,县市场监管局,云诚超市,债权债务,本人申报",
    ],
    "县市场监管局/随机抽查事项清单.csv": [
        "事项编码,抽查事项,事项类别",
        "SCJG-777,自己加的事项,一般检查事项",
    ],
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, county: County) -> tuple[Warehouse, dg.ExecuteInProcessResult]:
    folders = Folders(tmp_path_factory.mktemp("data"))
    for name, lines in INBOX.items():
        path = folders.inbox(YEAR) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines), "utf-8")
    warehouse = Warehouse(folders)
    with warehouse.held():
        result = dg.materialize(
            [
                *filings_assets(county),
                *dg.load_assets_from_modules([assets.registries]),
                *dg.load_asset_checks_from_modules([checks.registries]),
                *(contract(model) for model in models_of("registries")),
            ],
            partition_key=str(YEAR),
            resources={"warehouse": warehouse, "county": county},
        )
    return warehouse, result


def test_every_promise_that_blocks_is_kept(run):
    failed = {e.check_name for e in run[1].get_asset_check_evaluations() if not e.passed}
    assert failed == {"filed_lists_agree_with_the_record"}


def test_records_of_two_departments_are_one_object(run):
    objects = run[0].read(Objects, YEAR)
    assert objects.select("object_id", "town", "is_living", "credit_class", "record_count").rows() == [
        (uscc(1), "蓬莱镇", True, "C", 2),
        (uscc(2), "玉峰镇", False, "N", 2),
    ]
    assert objects["tags"].to_list() == [["个体工商户", "公共场所"], ["旅馆"]]


def test_an_inspectors_own_shop_is_an_interest(run):
    interests = run[0].read(Interests, YEAR)
    assert set(interests.select("relation", "object_id").rows()) == {
        ("债权债务", uscc(1)),
        ("同一电话", uscc(2)),
        ("同一证件", uscc(2)),
    }


def test_the_other_tables_are_filled(run):
    warehouse = run[0]
    assert warehouse.read(Inspectors, YEAR)["is_eligible"].to_list() == [True]
    assert warehouse.read(Signals, YEAR)["object_id"].to_list() == [uscc(1)]
    assert warehouse.read(Items, YEAR)["has_guide"].any()
    drift = warehouse.read(ItemDrift, YEAR)
    assert "not_on_record" in drift["problem"].to_list()
    assert warehouse.read(DuplicatesToReview, YEAR).is_empty()


def test_no_id_number_reaches_a_table_or_the_catalogue(run):
    warehouse, result = run
    assert CARD not in str(warehouse.read(ObjectSources, YEAR)["code"].to_list())
    shown = str([event.step_materialization_data for event in result.get_asset_materialization_events()])
    for personal in ("李明", "唐琴", "13300000001", CARD):
        assert personal not in shown


def test_a_second_run_changes_nothing(run, county):
    warehouse, _ = run
    before = {model: warehouse.read(model, YEAR) for model in models_of("registries")}
    with warehouse.held():
        dg.materialize(
            dg.load_assets_from_modules([assets.registries]),
            partition_key=str(YEAR),
            resources={"warehouse": warehouse, "county": county},
        )
    for model, frame in before.items():
        assert warehouse.read(model, YEAR).equals(frame)
