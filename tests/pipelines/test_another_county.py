"""Another county's list, with headers nobody here has seen: settings only, no code."""

import shutil

import polars as pl
import pytest

from pipelines.runs import run_job
from pipelines.settings import Settings

HEADERS = """
[columns.objects]
"企业名称" = "name"
"注册日期" = "opened_on"
"企业类型" = "entity_type"
"注册地址" = "address"
"经营范围" = "business_scope"
"""


@pytest.mark.shared
def test_a_register_of_real_enterprises_is_read_by_naming_its_columns(tmp_path, repository, shared):
    county = shutil.copytree(repository / "county", tmp_path / "county")
    settings_file = county / "departments" / "scjg.toml"
    text = settings_file.read_text("utf-8")
    settings_file.write_text(text.split("[columns.objects]")[0] + HEADERS, "utf-8")
    inbox = tmp_path / "data" / "inbox" / "2027" / "县市场监管局"
    inbox.mkdir(parents=True)
    shutil.copy(shared / "data" / "suining_enterprises.csv", inbox / "检查对象名录.csv")

    settings = Settings(county_folder=county, data=tmp_path / "data")
    run_job(settings, settings.county(), "file_registries", 2027)

    exports = tmp_path / "data" / "exports" / "2027"
    accounting = pl.read_parquet(exports / "filings.accounting.parquet").row(0, named=True)
    assert (accounting["read_count"], accounting["kept_count"]) == (930, 930)
    objects = pl.read_parquet(exports / "registries.objects.parquet")
    assert 900 < objects.height <= 930
    assert objects["is_living"].all()
    assert objects["uscc"].null_count() < 10
