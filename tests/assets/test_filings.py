"""The inbox on disk becomes tables: folders, links, what lies where it should not, and the real thing."""

import os
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from assets.filings import department_keys, filings_assets, read_filed
from assets.folders import Folders
from assets.warehouse import Warehouse
from checks import filings as promises
from checks.contracts import contract
from onevisit.county import County
from onevisit.filings.tables import Accounting, FiledRows, Refused

CHECKS = [
    promises.read_is_kept_plus_refused,
    promises.every_line_is_accounted_for,
    promises.every_department_has_filed,
    promises.object_counts_are_as_expected,
]


@pytest.fixture
def two_departments(county: County) -> County:
    chosen = [one for one in county.departments if one.key in ("ga", "scjg")]
    return County.model_validate(county.model_dump() | {"departments": chosen})


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = Folders(tmp_path / "data").inbox(2027)
    folder.mkdir(parents=True)
    return folder


def run(county: County, data: Path, checks: list[dg.AssetChecksDefinition] | None = None) -> Warehouse:
    warehouse = Warehouse(Folders(data))
    with warehouse.held():
        result = dg.materialize(
            [*filings_assets(county), *(checks or [])],
            partition_key="2027",
            resources={"warehouse": warehouse, "county": county},
        )
    assert result.success
    return warehouse


def put(inbox: Path, department: str, name: str, text: str) -> Path:
    path = inbox / department / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def test_each_department_of_the_county_has_an_asset_with_its_owner(two_departments: County):
    made = filings_assets(two_departments)
    assert {key for one in made for key in one.keys} == {
        *department_keys(two_departments),
        dg.AssetKey(["filings", "refused"]),
        dg.AssetKey(["filings", "accounting"]),
    }
    assert {owner for one in made[:2] for spec in one.specs for owner in spec.owners} == {"team:ga", "team:scjg"}


def test_files_become_rows_refusals_and_an_account(two_departments: County, inbox: Path, tmp_path: Path):
    put(inbox, "县公安局", "检查对象名录.csv", "单位名称,证照号码,辖区\n甲,1,蓬莱镇\n乙,2,天边\n")
    put(inbox, "县公安局", ".DS_Store", "x")
    put(inbox, "县公安厅", "检查对象名录.csv", "单位名称,证照号码\n丙,3\n")
    (inbox / "名单.csv").write_text("x", "utf-8")
    warehouse = run(two_departments, tmp_path / "data")
    assert read_filed(warehouse, two_departments, 2027, "objects")["name"].to_list() == ["甲"]
    refused = warehouse.read(Refused, 2027).select("department", "file", "row", "code").rows()
    assert ("县公安局", "检查对象名录.csv", 3, "F031") in refused
    assert ("县公安厅", "", 0, "F004") in refused
    assert ("", "名单.csv", 0, "F016") in refused
    assert ("县市场监管局", "", 0, "F001") in refused
    assert warehouse.read(Accounting, 2027).select("file", "read_count", "kept_count").rows() == [
        ("名单.csv", 1, 0),
        ("检查对象名录.csv", 2, 1),
    ]


def test_a_link_to_a_place_outside_the_inbox_is_not_followed_but_the_inbox_may_be_one(
    two_departments: County, tmp_path: Path
):
    real, data = tmp_path / "elsewhere", tmp_path / "data"
    real.mkdir()
    (data / "inbox").mkdir(parents=True)
    (data / "inbox" / "2027").symlink_to(real)
    sound = put(real, "县公安局", "检查对象名录.csv", "单位名称,证照号码\n甲,1\n")
    (real / "县公安局" / "检查对象名录（二）.csv").symlink_to(sound)
    outside = tmp_path / "年度抽查计划.csv"
    outside.write_text("x", "utf-8")
    (real / "县公安局" / "年度抽查计划.csv").symlink_to(outside)
    (real / "县市场监管局").symlink_to(tmp_path)
    rows = run(two_departments, data).read(Refused, 2027)
    codes = dict(rows.filter(pl.col("file") != "").select("file", "code").iter_rows())
    assert codes == {"年度抽查计划.csv": "F013", "检查对象名录（二）.csv": "F014", "县市场监管局": "F013"}


def test_links_that_lead_nowhere_and_pipes_are_refused_by_name(two_departments: County, inbox: Path, tmp_path: Path):
    folder = put(inbox, "县公安局", "检查对象名录.csv", "单位名称,证照号码\n甲,1\n").parent
    for name, target in {"自己": folder / "自己", "没有": folder / "没有了", "附件": folder / "附件"}.items():
        (folder / name).symlink_to(target)
    os.mkfifo(folder / "检查对象名录（管道）.csv")
    (inbox / "县市场监管局").symlink_to(inbox / "县市场监管局")
    rows = run(two_departments, tmp_path / "data").read(Refused, 2027)
    told = {file: code for file, code in rows.select("file", "code").rows() if file}
    assert told == dict.fromkeys(["自己", "没有", "附件", "检查对象名录（管道）.csv"], "F010")


def test_a_file_name_that_speaks_to_a_terminal_is_shown_as_text(two_departments: County, inbox: Path, tmp_path: Path):
    put(inbox, "县公安局", "名录\x1b[31m\u202e\n.csv", "x")
    rows = run(two_departments, tmp_path / "data").read(Refused, 2027)
    assert r"名录\u001b[31m\u202e\u000a.csv" in rows["file"]


def test_a_folder_inside_a_departments_folder_is_refused_by_name(two_departments: County, inbox: Path, tmp_path: Path):
    put(inbox, "县公安局", "检查对象名录.csv", "单位名称,证照号码\n甲,1\n")
    (inbox / "县公安局" / "材料").mkdir()
    (inbox / "县公安局" / "附件").mkdir()
    rows = run(two_departments, tmp_path / "data").read(Refused, 2027)
    assert ("材料", "F015") in rows.select("file", "code").rows()
    assert "附件" not in rows["file"]


def test_a_file_name_in_another_encoding_is_refused_and_stops_nothing(
    two_departments: County, inbox: Path, tmp_path: Path
):
    put(inbox, "县公安局", "检查对象名录.csv", "单位名称,证照号码\n甲,1\n")
    foreign = os.path.join(os.fsencode(inbox / "县公安局"), "名录.csv".encode("gb18030"))  # noqa: PTH118
    Path(os.fsdecode(foreign)).write_bytes(b"x")
    warehouse = run(two_departments, tmp_path / "data")
    assert "F003" in warehouse.read(Refused, 2027)["code"]
    assert read_filed(warehouse, two_departments, 2027, "objects").height == 1


def test_a_year_without_an_inbox_stops_with_the_next_step(two_departments: County, tmp_path: Path):
    with pytest.raises(Exception, match=r"F019.*inbox/2027"):
        run(two_departments, tmp_path / "data")


def test_a_second_run_replaces_the_first(two_departments: County, inbox: Path, tmp_path: Path):
    put(inbox, "县公安局", "检查对象名录.csv", "单位名称,证照号码\n甲,1\n")
    run(two_departments, tmp_path / "data")
    put(inbox, "县公安局", "检查对象名录.csv", "单位名称,证照号码\n乙,2\n")
    warehouse = run(two_departments, tmp_path / "data")
    assert read_filed(warehouse, two_departments, 2027, "objects")["name"].to_list() == ["乙"]


def whole_inbox(shared: Path, tmp_path: Path, *parts: str) -> Path:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "inbox").symlink_to(shared.joinpath("data", *parts, "inbox"))
    return tmp_path / "data"


@pytest.mark.shared
@pytest.mark.parametrize(
    ("parts", "counts"),
    [
        ((), {"objects": 61345, "inspectors": 816, "plan": 183}),
        (("linkage-dev",), {"objects": 12238, "inspectors": 424, "plan": 157}),
    ],
)
def test_a_whole_countys_inbox_is_read_without_losing_or_refusing_a_row(
    county: County, shared: Path, tmp_path: Path, parts, counts
):
    contracts = [contract(FiledRows, table=one.key) for one in county.departments]
    warehouse = run(county, whole_inbox(shared, tmp_path, *parts), [*CHECKS, *contracts, contract(Accounting)])
    assert warehouse.read(Refused, 2027).is_empty()
    assert {kind: read_filed(warehouse, county, 2027, kind).height for kind in counts} == counts
    assert promises.unfiled(warehouse.read(Accounting, 2027), county).is_empty()


@pytest.mark.shared
def test_real_enterprises_are_read_as_the_registering_authoritys_list_by_settings_alone(
    two_departments: County, shared: Path, inbox: Path, tmp_path: Path
):
    folder = inbox / "县市场监管局"
    folder.mkdir()
    (folder / "检查对象名录.csv").write_bytes((shared / "data" / "suining_enterprises.csv").read_bytes())
    rows = read_filed(run(two_departments, tmp_path / "data"), two_departments, 2027, "objects")
    assert rows.height == 930
    assert rows.select("name", "code", "opened_on", "address").null_count().sum_horizontal().item() == 0
    assert rows.select("source_id", "status", "tags").null_count().row(0) == (930, 930, 930)
