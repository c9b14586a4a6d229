"""A province's counties and years as assets: one a stage, each partition one county's year (docs/province.md).

They keep what `onevisit province run` keeps, where it keeps it: what one of them made, the other finds made.
"""

from typing import cast

import dagster as dg

from assets.catalogue import YEARS
from assets.province_store import Counties
from onevisit.province.advance import advance
from onevisit.province.stages import READS, STAGES

COUNTIES = dg.DynamicPartitionsDefinition(name="counties")
"""The counties' folders by name; a sensor adds those that come."""

COUNTY_YEARS = dg.MultiPartitionsDefinition({"county": COUNTIES, "year": YEARS})

_TOLD = {
    "filings": "报送：各县各部门交来的每一行，采用、退回或者作为说明留存，以及对账。",
    "registries": "两库一单：各县的检查对象名录库、执法检查人员名录库和事项清单。",
    "plan": "年度计划：各县合并后的抽查任务、人手测算和审核结果。",
    "draw": "抽取：示例县和演练的抽取；真实的抽取由各县自己公开举行。",
    "visits": "入户：各县的入户、检查组、人员缺口和商借建议。",
}


def province_assets() -> list[dg.AssetsDefinition]:
    """Return the assets of a province, one a stage; they need the resource `counties`."""
    return [_stage_asset(stage) for stage in STAGES]


def _stage_asset(stage: str) -> dg.AssetsDefinition:
    @dg.asset(
        key=["province", stage],
        group_name="province",
        partitions_def=COUNTY_YEARS,
        deps=[dg.AssetKey(["province", read]) for read in READS[stage]],
        kinds={"parquet", "polars"},
        owners=["team:market_supervision"],
        description=_TOLD[stage],
    )
    def made(context: dg.AssetExecutionContext, counties: dg.ResourceParam[Counties]) -> dg.MaterializeResult:
        county, year = _county_and_year(context)
        province = counties.province(year)
        task = province.task(province.folder(county), province.seeds.get(county, {}), only=stage)
        if task:
            province.keep(task, advance(task.parcels))
        told = province.told(stage, county)
        if told is None or told.reasons:
            raise dg.Failure("\n".join(told.reasons if told else ()))
        rows = [
            dg.TableRecord({"table": name, "rows": told.rows[name], "digest": told.digests[name]})
            for name in sorted(told.rows)
        ]
        columns = dg.TableSchema([dg.TableColumn("table"), dg.TableColumn("rows", "int"), dg.TableColumn("digest")])
        return dg.MaterializeResult(
            metadata={
                "tables": dg.MetadataValue.table(rows, columns),
                "folder": dg.MetadataValue.path(province.place(stage, county)),
                "seconds": told.seconds,
            }
        )

    return made


def _county_and_year(context: dg.AssetExecutionContext) -> tuple[str, int]:
    keys = cast(dg.MultiPartitionKey, context.partition_key).keys_by_dimension
    return keys["county"], int(keys["year"])
