"""One folder a task on disk (bureau/<year>/档案/), its owner's alone: written once, supplemented, checked."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assets.clock import today
from assets.evidence import evidence_folders, files_in, make_private, serial_in, whole_folders, write_evidence
from assets.folders import Folders
from assets.papers import dossier_path
from onevisit.county import County
from onevisit.draw.tables import Rounds
from onevisit.errors import Problem, RefusedError, problem
from onevisit.plan.schemes import scheme_file
from onevisit.plan.tables import Decisions, Submitted, TaskItems, Tasks
from onevisit.registries.tables import Items, Objects
from onevisit.results.archive import (
    DOSSIERS,
    EVIDENCE,
    MINUTES,
    SCHEME,
    SUMS,
    Piece,
    TaskTables,
    closed_folder,
    complete_tasks,
    folder_problems,
    made_pieces,
    new_pieces,
    read_sums,
    task_folder,
)
from onevisit.results.tables import Findings
from onevisit.visits.deadlines import published_by
from onevisit.visits.dossier import TABLES, Dossier, dossiers_of
from onevisit.visits.tables import Obligations
from pipelines.summary import exported

_SUPPLEMENT = "补充-"
_OF_THE_SITE = (".html", ".zip")
"""The page about a draw changes with the site, and the zip holds the files once more."""


@dataclass(slots=True)
class Written:
    """What was archived anew, what was supplemented, and how many tasks stood already or are not complete."""

    folder: Path
    made: list[str] = field(default_factory=list)
    supplements: list[str] = field(default_factory=list)
    kept_count: int = 0
    open_count: int = 0

    def lines(self) -> list[str]:
        """Return what the clerk is told."""
        told = [
            f"已归档 {len(self.made)} 项任务，{self.kept_count} 项此前已归档，"
            f"{self.open_count} 项尚未完成：{self.folder}"
        ]
        return told + [f"已补充归档：{name}" for name in self.supplements]


def write_archive(folders: Folders, county: County, year: int) -> Written:
    """Archive every task of a year that is complete; what an archived task has more of becomes a supplement."""
    tasks = exported(folders, Tasks, year)
    tables = TaskTables(
        *(exported(folders, model, year) for model in (Submitted, TaskItems, Items, Rounds, Decisions, Obligations)),
        findings=exported(folders, Findings, year),
        objects=exported(folders, Objects, year),
    )
    days, within = county.working_days(year), county.results.publish_within_workdays
    complete = complete_tasks(
        tasks,
        tables.obligations,
        tables.findings,
        today=today(county),
        publish_by=lambda on: published_by(days, on, within=within),
    )
    dossiers = dossiers_of({model: exported(folders, model, year) for model in TABLES})
    written = Written(folders.archive(year), open_count=tasks.height - len(complete))
    make_private(written.folder)
    for task in tasks.filter(tasks["task_id"].is_in(complete)).sort("task_id").iter_rows(named=True):
        pieces = [*made_pieces(task, tables), *_copies(folders, task, tables, dossiers, year)]
        _keep(written, task, pieces, county, year)
    return written


def check_archive(folders: Folders, year: int) -> int:
    """Compare every archived folder with its fingerprints; return how many there are.

    Raises RefusedError: E067 nothing archived, E063-E066 with every file that is not as it was archived.
    """
    archived = [part for task in whole_folders(folders.archive(year)) for part in _parts(task)]
    if not archived:
        raise RefusedError([problem("E067", value=f"{year}")])
    problems: list[Problem] = []
    for part in archived:
        name = part.relative_to(folders.archive(year)).as_posix()
        problems += folder_problems(name, _own_files(part))
    if problems:
        raise RefusedError(problems)
    return len(archived)


def _keep(written: Written, task: Mapping[str, Any], pieces: Sequence[Piece], county: County, year: int) -> None:
    """Write a task's folder, or beside what it holds a supplement of what is new."""
    name, on = task_folder(task), today(county)
    known = next((one for one in whole_folders(written.folder) if one.name.startswith(f"{task['task_id']} ")), None)
    title = f"{county.name}{year}年 {name}"
    if known is None:
        write_evidence(written.folder / name, closed_folder(pieces, title=title, on=on))
        written.made.append(name)
        return
    written.kept_count += 1
    parts = _parts(known)
    sums = [read_sums((part / SUMS).read_text("utf-8")) for part in parts if (part / SUMS).is_file()]
    if new := new_pieces(pieces, sums):
        part = f"{_SUPPLEMENT}{len(parts):02d}"
        write_evidence(known / part, closed_folder(new, title=f"{title} {part}", on=on))
        written.supplements.append(f"{known.name}/{part}")


def _parts(task: Path) -> list[Path]:
    """Return a task's folder and its supplements, oldest first."""
    return [task, *(one for one in whole_folders(task) if one.is_dir() and one.name.startswith(_SUPPLEMENT))]


def _own_files(part: Path) -> dict[str, bytes]:
    """Return a folder's files without those of its supplements."""
    return {path: content for path, content in files_in(part).items() if not path.startswith(_SUPPLEMENT)}


def _copies(
    folders: Folders, task: Mapping[str, Any], tables: TaskTables, dossiers: Iterable[Dossier], year: int
) -> list[Piece]:
    """Return the files of a task that were made on the way."""
    held = tables.rounds.filter(tables.rounds["task_ids"].list.contains(task["task_id"]))
    serials = held["serial"].sort().to_list()
    scheme = folders.schemes(year) / scheme_file(task)
    places = [dossier_path(folders, one, year) for one in dossiers if task["task_id"] in dict(one.tasks)]
    papers = [place.with_name(f"{place.name}.{ending}") for place in places for ending in ("docx", "pdf")]
    minutes = [path for serial in serials for path in sorted(folders.minutes(year).glob(f"{serial}-*"))]
    return [
        *([_copy(SCHEME, scheme)] if scheme.is_file() else []),
        *(piece for serial in serials for piece in _draw(folders, serial, year)),
        *(_copy(MINUTES, path) for path in minutes),
        *(_copy(f"{DOSSIERS}/{path.parent.name}", path) for path in papers if path.exists()),
    ]


def _copy(below: str, path: Path) -> Piece:
    return Piece(f"{below}/{path.name}", f"{path.parent.name}中的文件", path.read_bytes())


def _draw(folders: Folders, serial: str, year: int) -> list[Piece]:
    """Return what is public of a draw, and the fingerprints of the sealed evidence: that itself stays sealed."""
    public = folders.public(year) / "draws" / serial
    files = files_in(public) if public.is_dir() else {}
    pieces = [
        Piece(f"{EVIDENCE}/{serial}/{name}", "公示的抽取材料", content)
        for name, content in files.items()
        if not name.endswith(_OF_THE_SITE)
    ]
    for folder in evidence_folders(folders, year):
        if serial_in(folder) == serial:
            sealed = sorted(files_in(folder).items())
            sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sealed)
            pieces.append(Piece(f"{EVIDENCE}/{serial} 封存材料指纹.txt", "由封存的抽取材料算出", sums.encode()))
    return pieces
