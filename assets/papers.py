"""What people hold in hand: who goes where, a workbook a department; and no papers of a visit that is no more.

The papers of a single visit are made when somebody needs them (`onevisit papers`): printing is of the next
weeks, and a year of them would take minutes of every run.
"""

from collections.abc import Iterable
from pathlib import Path

import dagster as dg

from assets.catalogue import YEARS, keys_of, year_of
from assets.files import write_changed
from assets.folders import Folders
from assets.warehouse import Warehouse
from onevisit.county import County
from onevisit.visits.dossier import TABLES, Dossier, dossiers_of
from onevisit.visits.dossier_document import dossier_file, is_dossier_file, visit_of_file
from onevisit.visits.duty_workbook import duty_workbook
from onevisit.workers import each

MODE = 0o600
"""Names, certificate numbers and phones stand on them."""


@dg.asset(
    key=["visits", "duty_workbooks"],
    group_name="visits",
    partitions_def=YEARS,
    deps=keys_of(*TABLES),
    kinds={"excel"},
    owners=["team:market_supervision"],
)
def duty_workbooks(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """部门入户安排表：每个部门一个工作簿，写明每次入户的时间、地点、事项、人员和期限；已作废的入户检查卷宗一并删除。"""
    year = year_of(context)
    dossiers = dossiers_of({model: warehouse.read(model, year) for model in TABLES})
    folder = warehouse.folders.duties(year)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    concerned = {name for one in dossiers for name in one.departments}
    departments = [name for name in county.department_names if name in concerned]
    for name, content in zip(departments, each(duty_workbook, departments, dossiers, county, year), strict=True):
        write_changed(folder / f"{name}.xlsx", content, mode=MODE)
    for name in set(county.department_names) - concerned:
        (folder / f"{name}.xlsx").unlink(missing_ok=True)
    removed = remove_outdated(warehouse.folders, dossiers, year)
    return dg.MaterializeResult(
        metadata={
            "folder": dg.MetadataValue.path(folder),
            "workbook_count": len(departments),
            "visit_count": len(dossiers),
            "outdated_papers_removed": len(removed),
        }
    )


def dossier_path(folders: Folders, dossier: Dossier, year: int) -> Path:
    """Return where a visit's papers lie, without the ending."""
    return folders.dossiers(year) / dossier.lead / dossier_file(dossier)


def printed_visits(folders: Folders, year: int) -> set[str]:
    """Return the visits that have papers."""
    written = (path.name for path in folders.dossiers(year).glob("*/*"))
    return {visit_of_file(name) for name in written if is_dossier_file(name)}


def remove_outdated(folders: Folders, dossiers: Iterable[Dossier], year: int) -> list[Path]:
    """Remove the papers of visits that are no more, or that have changed since; return them.

    `dossiers` are all of the year. What people named otherwise is left.
    """
    valid = {dossier_path(folders, one, year) for one in dossiers}
    written = sorted(folders.dossiers(year).glob("*/*"))
    outdated = [path for path in written if is_dossier_file(path.name) and path.with_suffix("") not in valid]
    for path in outdated:
        path.unlink()
    return outdated
