"""The papers of visits on disk, Word and PDF of the same content, their owner's alone; made when they are needed."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from assets.clock import today
from assets.files import write_whole
from assets.folders import Folders
from assets.papers import MODE, dossier_path, remove_outdated
from onevisit.county import County
from onevisit.documents.word import word
from onevisit.errors import Problem, RefusedError, problem
from onevisit.visits.dossier import TABLES, Dossier, dossiers_of
from onevisit.visits.dossier_document import dossier_document
from pipelines.printing import left_out_lines, pdf_unless_refused
from pipelines.summary import exported

_EXAMPLES = 10
"""So many visits of a demonstration get their papers, to look at."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which visits' papers are wanted; all that is named must hold. Nothing named: those that come next."""

    visit_ids: Sequence[str] = ()
    department: str | None = None
    task: str | None = None
    batch: int | None = None
    until: dt.date | None = None
    """Visits that may begin by this day and are not over today."""
    is_whole_year: bool = False


@dataclass(slots=True)
class Written:
    """What was made, what stood already, what was out of date, and why some PDFs are missing."""

    folder: Path
    made: list[Path] = field(default_factory=list)
    kept_count: int = 0
    removed_count: int = 0
    short_count: int = 0
    left_out: list[Problem] = field(default_factory=list)

    def lines(self) -> list[str]:
        """Return what the clerk is told; no business and no person is named."""
        told = [f"已生成 {len(self.made)} 个文件，{self.kept_count} 个没有变化：{self.folder}"]
        if self.removed_count:
            told.append(f"已删除作废的卷宗文件 {self.removed_count} 个；以前打印的作废卷宗请销毁。")
        if self.short_count:
            told.append(f"其中 {self.short_count} 次入户人员不足，卷宗上已用红字标明，补派到位前不得上门。")
        return told + left_out_lines(self.left_out)


def write_papers(folders: Folders, county: County, asked: Asked, year: int) -> Written:
    """Write the papers of the visits asked for, and remove those out of date.

    Raises RefusedError: V030 no visits yet, V031 an unknown visit, V032 an unknown department, V033 nothing
    fits what was asked.
    """
    dossiers = dossiers_of({model: exported(folders, model, year) for model in TABLES})
    wanted = _wanted(dossiers, county, asked, year)
    written = Written(folders.dossiers(year), removed_count=len(remove_outdated(folders, dossiers, year)))
    written.short_count = sum(bool(one.shortages) for one in wanted)
    folders.dossiers(year).mkdir(parents=True, exist_ok=True, mode=0o700)
    for one in wanted:
        _write(dossier_path(folders, one, year), one, county, year, written)
    return written


def write_examples(folders: Folders, county: County, year: int) -> Written:
    """Write the papers of the visits that show most: those at which most departments look at most items."""
    dossiers = dossiers_of({model: exported(folders, model, year) for model in TABLES})
    ranked = sorted(dossiers, key=lambda one: (-len(one.departments), -len(one.checks), one.visit_id))
    asked = Asked(visit_ids=[one.visit_id for one in ranked[:_EXAMPLES]])
    return write_papers(folders, county, asked, year)


def _wanted(dossiers: Sequence[Dossier], county: County, asked: Asked, year: int) -> list[Dossier]:
    if not dossiers:
        raise RefusedError([problem("V030", value=f"{year}")])
    known = {one.visit_id for one in dossiers}
    problems = [problem("V031", value=visit) for visit in asked.visit_ids if visit not in known]
    if asked.department and asked.department not in county.department_by_name:
        names = "、".join(county.department_names)
        problems.append(problem("V032", value=asked.department, known=names))
    if problems:
        raise RefusedError(problems)
    wanted = [one for one in dossiers if _is_wanted(one, asked, county)]
    if not wanted:
        raise RefusedError([problem("V033", value=f"{year}")])
    return wanted


def _is_wanted(one: Dossier, asked: Asked, county: County) -> bool:
    is_named = bool(asked.visit_ids or asked.task or asked.batch or asked.is_whole_year)
    batches = {batch for task, batch in one.batches if asked.task in {None, task}}
    return (
        (not asked.visit_ids or one.visit_id in asked.visit_ids)
        and (asked.department is None or asked.department in one.departments)
        and (asked.task is None or asked.task in {task for task, _ in one.tasks})
        and (asked.batch is None or asked.batch in batches)
        and ((is_named and asked.until is None) or _comes(one, asked.until, county))
    )


def _comes(one: Dossier, until: dt.date | None, county: County) -> bool:
    """Tell whether a visit is not over today and may begin by a day: if none is named, within the days to begin in."""
    day = today(county)
    last = until or county.working_days(day.year).after(day, county.visits.start_within_workdays)
    return one.starts_on <= last and one.ends_on >= day


def _write(path: Path, one: Dossier, county: County, year: int, written: Written) -> None:
    """Write both forms; a file of this name says the same already, or what somebody has filled in."""
    forms = {ending: path.with_name(f"{path.name}.{ending}") for ending in ("docx", "pdf")}
    missing = {ending: file for ending, file in forms.items() if not file.exists()}
    written.kept_count += len(forms) - len(missing)
    if not missing:
        return
    document = dossier_document(one, county=county, year=year)
    for ending, file in missing.items():
        content = word(document) if ending == "docx" else pdf_unless_refused(document, written.left_out)
        if content is not None:
            write_whole(file, content, mode=MODE)
            written.made.append(file)
