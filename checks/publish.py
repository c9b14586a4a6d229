"""Promises about what is public: nothing before its day, nothing personal, no page that leads nowhere."""

import datetime as dt
import hashlib
from collections.abc import Mapping

import dagster as dg
import polars as pl

from assets.catalogue import year_of
from assets.clock import today
from assets.warehouse import Warehouse
from checks.rules import rule, verdict
from onevisit.county import County
from onevisit.plan.tables import Submitted, Tasks
from onevisit.publish.proofread import flaws, written
from onevisit.publish.tables import (
    PlatformFiles,
    PublicChanges,
    PublicDrawn,
    PublicItems,
    PublicPlan,
    PublicResults,
    PublicRounds,
    PublicSupervision,
    PublicVersions,
    Released,
)
from onevisit.registries.tables import Objects
from onevisit.tables import STAGES, columns_of, models_of

PUBLIC = [
    PublicItems, PublicPlan, PublicVersions, PublicChanges, PublicRounds, PublicDrawn, PublicResults, PublicSupervision,
]  # fmt: skip
SEALED = {
    "stratum",
    "ticket",
    "credit_class",
    "rate_bp",
    "class_counts",
    "person_id",
    "expert_id",
    "problem",
    "complaint_count",
}
"""Columns that are nobody's name and still must not be read outside."""


@rule(on=PublicResults, reads=[PublicDrawn, PublicResults])
def every_result_is_of_somebody_on_the_public_list(drawn: pl.DataFrame, results: pl.DataFrame) -> pl.DataFrame:
    """Nobody reads a result of a task whose list is not public yet."""
    return results.join(drawn, on=["task_id", "object_id"], how="anti")


@rule(on=Released, reads=[Released])
def everything_released_was_scanned(released: pl.DataFrame) -> pl.DataFrame:
    """The privacy gate read every file that went out."""
    return released.filter(~pl.col("is_scanned"))


@rule(on=Released, reads=PUBLIC)
def no_public_table_has_a_personal_column(*tables: pl.DataFrame) -> pl.DataFrame:
    """No column that is personal or sealed in another table is in a public one."""
    columns = [column for stage in STAGES for model in models_of(stage) for column in columns_of(model)]
    # A business's name is public, an inspector's is not: what decides is the column of the objects.
    # A seed is public once its lock ends; `public_rounds` holds it back till then.
    open_names = {"seed"} | {column.name for column in columns_of(Objects) if not column.is_sealed}
    personal = {column.name for column in columns if column.is_sealed} - open_names | SEALED
    shown = sorted({name for table in tables for name in table.columns} & personal)
    return pl.DataFrame({"column": shown}, schema={"column": pl.String})


@dg.asset_check(
    asset=["publish", "public_drawn"],
    description="Nobody drawn is named before the task's window opens.",
    blocking=True,
)
def only_opened_windows_are_listed(
    context: dg.AssetCheckExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.AssetCheckResult:
    """Compare the public list with the windows of the plan on the day of the run."""
    year = year_of(context)
    drawn, tasks = warehouse.read(PublicDrawn, year), warehouse.read(Tasks, year)
    return verdict(listed_too_early(drawn, tasks, today(county)), is_blocking=True)


@dg.asset_check(
    asset=["publish", "released"],
    description="The public folder holds exactly the files released, byte for byte.",
    blocking=True,
)
def the_folder_holds_what_was_released(
    context: dg.AssetCheckExecutionContext, warehouse: dg.ResourceParam[Warehouse]
) -> dg.AssetCheckResult:
    """Compare names and fingerprints of the folder with the table."""
    year = year_of(context)
    return verdict(differing(warehouse.read(Released, year), _folder(warehouse, year)), is_blocking=True)


@dg.asset_check(
    asset=["publish", "released"],
    description="Every link of the site leads to a file of the site, and no page shows a leftover of the program.",
    blocking=True,
)
def no_page_has_a_flaw(
    context: dg.AssetCheckExecutionContext, warehouse: dg.ResourceParam[Warehouse]
) -> dg.AssetCheckResult:
    """Proof-read the pages as they lie in the folder."""
    year = year_of(context)
    texts = written(warehouse.read(model, year) for model in (*PUBLIC, Submitted))
    found = [(one.code, one.file, one.value) for one in flaws(_folder(warehouse, year), names=texts)]
    schema = {"code": pl.String, "file": pl.String, "value": pl.String}
    return verdict(pl.DataFrame(found, schema=schema, orient="row"), is_blocking=True)


@dg.asset_check(
    asset=["publish", "platform_files"],
    description="The provincial platform's folder holds exactly the files of the table, for their owner alone.",
    blocking=True,
)
def the_platform_s_files_lie_as_written(
    context: dg.AssetCheckExecutionContext, warehouse: dg.ResourceParam[Warehouse]
) -> dg.AssetCheckResult:
    """Compare names, fingerprints and modes of the folder with the table."""
    year = year_of(context)
    lying = sorted(warehouse.folders.platform(year).iterdir())
    files = warehouse.read(PlatformFiles, year).select("sha256", path="file")
    wrong = differing(files, {path.name: path.read_bytes() for path in lying})["path"].to_list()
    wrong += [path.name for path in lying if path.stat().st_mode & 0o077]
    return verdict(pl.DataFrame({"file": wrong}, schema={"file": pl.String}), is_blocking=True)


def listed_too_early(drawn: pl.DataFrame, tasks: pl.DataFrame, day: dt.date) -> pl.DataFrame:
    """Return the tasks whose list is public on a day though their window opens later."""
    locked = tasks.filter(pl.col("starts_on") > day).select("task_id", "starts_on")
    return locked.join(drawn, on="task_id", how="semi").sort("task_id")


def differing(released: pl.DataFrame, files: Mapping[str, bytes]) -> pl.DataFrame:
    """Return the files that are missing, surplus or other than released."""
    lying = [(path, hashlib.sha256(data).hexdigest()) for path, data in files.items()]
    found = pl.DataFrame(lying, schema={"path": pl.String, "found": pl.String}, orient="row")
    both = released.select("path", "sha256").join(found, on="path", how="full", coalesce=True)
    return both.filter(~pl.col("sha256").eq_missing(pl.col("found"))).sort("path")


def _folder(warehouse: Warehouse, year: int) -> dict[str, bytes]:
    top = warehouse.folders.public(year)
    return {path.relative_to(top).as_posix(): path.read_bytes() for path in sorted(top.rglob("*")) if path.is_file()}
