"""Results from the command line: entered from a workbook, audited, corrected.

Everything is judged as a run would judge it, from the inbox as it lies now and the exported tables.
Whatever is decided goes to the year's decision log in one append, all of it or nothing.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from assets.audits import audit_history, record_audit
from assets.clock import now, secret
from assets.files import write_whole
from assets.filings import documents_in
from assets.results import audits_of, entries_of, judged_rows
from onevisit.county import County
from onevisit.decisions import Entry
from onevisit.errors import RefusedError, problem
from onevisit.filings.intake import file_department, kind_of
from onevisit.filings.rows import rows_of
from onevisit.results.audit import STATE_WORDS, History, Step, correction_entry, in_force, step_entries
from onevisit.results.audit_workbook import Audits, audit_workbook, channel_of, read_audit
from onevisit.results.corrections import Request, corrected
from onevisit.results.entry_import import filed_workbook, read_entries, replaced
from onevisit.results.entry_workbook import Entries, entry_workbook
from onevisit.results.findings import Judged, clocked
from onevisit.results.versions import KEY, Key, Version, digest_of, version_of
from onevisit.tables import Table
from onevisit.visits.tables import Obligations
from pipelines.lock import alone
from pipelines.returned import Outcome, sent_back
from pipelines.settings import Settings
from pipelines.summary import exported

COMMAND_LINE = "command line"
ENTERED = "检查结果（录入）.xlsx"
"""List in a department's inbox that holds what it entered in workbooks."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One step with everything of a department that waits for it."""

    step: Step
    department: str
    by: str
    why: str


@dataclass(frozen=True)
class View:
    """Results as they stand now."""

    settings: Settings
    county: County
    year: int

    def read(self, model: type[Table]) -> pl.DataFrame:
        """Return an exported table of the year."""
        return exported(self.settings.folders, model, self.year)

    @cached_property
    def filed(self) -> pl.DataFrame:
        """Every filed result as the inbox has it now (`rows_of`)."""
        folders = self.settings.folders
        inbox, salt = folders.inbox(self.year), secret(folders, self.county, self.year)
        frames: list[pl.DataFrame] = []
        for department in self.county.departments:
            lists = [one for one in documents_in(inbox, department.name) if _is_results(one.name)]
            if lists:
                frames.append(file_department(department, lists, self.county, secret=salt))
        return rows_of("results", frames)

    @cached_property
    def history(self) -> History:
        """What the decision log says of results."""
        return audit_history(self.settings.folders, self.year)

    @cached_property
    def findings(self) -> pl.DataFrame:
        """`results.findings` as a run would make it now."""
        return self._standing(self.filed)[0]

    @cached_property
    def entries(self) -> Entries:
        """What departments have to enter."""
        return entries_of(self.read, self.county, self.year, self.findings)

    @cached_property
    def audits(self) -> Audits:
        """What waits for a second or third person."""
        return audits_of(self.read, self.county, self.year, self.findings, self.history)

    def refusals(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return what a run would refuse, were rows entered beside what is filed, in place of what they replace."""
        departments = rows["department"].unique().implode()
        is_entered = (pl.col("file") == ENTERED) & pl.col("department").is_in(departments)
        held = self.filed.filter(is_entered).join(rows, on=list(KEY), how="anti")
        return self._standing(pl.concat([self.filed.filter(~is_entered), held, rows.select(held.columns)]))[1]

    def _standing(self, filed: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        judged: Judged = judged_rows(self.read, self.county, self.year, filed, self.settings.folders)
        owed = self.read(Obligations)
        standing, refused = in_force(judged, self.history, owed)
        return clocked(standing, owed, lambda _: None), refused


def enter(settings: Settings, county: County, path: Path, year: int) -> Outcome:
    """File every result of a filled entry workbook, or write it back beside itself with the mistakes marked.

    Raises RefusedError when the file is no workbook of this year (E042, E043) or cannot be read; P060, E031, C005.
    """
    data = path.read_bytes()
    with alone(settings):
        view = View(settings, county, year)
        returned = read_entries(path.name, data, view.entries, view.refusals)
        if returned.filled.faults:
            marked = entry_workbook(view.entries, returned.department, filled=returned.filled)
            return sent_back(path, marked, returned.filled.faults, what="结果", form="表")
        if returned.rows.is_empty():
            return Outcome("没有新增：表中没有填写结果。")
        held = view.filed.filter(department=returned.department, file=ENTERED)
        target = settings.folders.inbox(year) / returned.department / ENTERED
        content = filed_workbook(returned.department, year, replaced(held, returned.rows))
        write_whole(target, content, mode=0o600)
        people = "、".join(returned.rows["entered_by"].unique().sort())
        entry = Entry(
            at=now(county),
            kind="enter_results",
            by=people,
            role="enterer",
            what=f"录入检查结果：{returned.department}，{returned.rows.height} 项",
            why="",
            channel=channel_of(data),
            details={"department": returned.department, "filed_sha256": hashlib.sha256(content).hexdigest()},
            is_demonstration=county.demonstration is not None,
        )
        record_audit(settings.folders, year, [entry], {})
    return Outcome(
        f"已录入 {returned.rows.height} 项检查结果，待审核：{target}\n"
        f"下次运行 onevisit run filings、onevisit run results --year {year} 时生效。"
    )


def audit_file(settings: Settings, county: County, path: Path, year: int, *, by: str) -> Outcome:
    """Record every opinion of a filled audit workbook, or write it back beside itself with the mistakes marked.

    Raises RefusedError: E042, E043, what `read_sheets` refuses, P060, E031, C005.
    """
    data = path.read_bytes()
    with alone(settings):
        view = View(settings, county, year)
        department, opinions, filled = read_audit(path.name, data, view.audits, by=by)
        if filled.faults:
            marked = audit_workbook(view.audits, department, filled=filled)
            return sent_back(path, marked, filled.faults, what="意见", form="表")
        groups: defaultdict[tuple[Step, str, str], list[Version]] = defaultdict(list)
        for one in opinions:
            groups[one.step, one.by, one.why].append(one.version)
        made = [
            one
            for (step, who, why), versions in sorted(groups.items())
            for one in _steps(view, versions, step, by=who, why=why, channel=channel_of(data))
        ]
        _record(view, made)
    return Outcome(_told(Counter(one.step for one in opinions), year))


def audit_all(settings: Settings, county: County, year: int, asked: Asked) -> Outcome:
    """Take one step with everything of a department that waits for it. Raises RefusedError: E032-E036, E049."""
    with alone(settings):
        view = View(settings, county, year)
        stands = "checked" if asked.step == "approve" else "entered"
        waits = [one for state, one in view.audits.waiting if state == stands]
        chosen = [one for one in waits if one["department"] == asked.department]
        if not chosen:
            raise RefusedError([problem("E049")])
        _record(view, _steps(view, chosen, asked.step, by=asked.by, why=asked.why, channel=COMMAND_LINE))
    return Outcome(_told(Counter({asked.step: len(chosen)}), year))


def correct(desk: tuple[Settings, County, int], key: Key, changes: Mapping[str, Any], request: Request) -> Outcome:
    """Ask for a correction of a published result. Raises RefusedError: E032, E037-E041, E048, P060, E031, C005."""
    view = View(*desk)
    settings, county, year = desk
    with alone(settings):
        found = view.findings.filter(**dict(zip(KEY, key, strict=True)))
        if found.is_empty():
            raise RefusedError([problem("E048")])
        finding = found.row(0, named=True)
        new = corrected(finding, view.history, changes, request)
        entry = correction_entry(
            version_of(finding),
            new,
            request.kind,
            by=request.by,
            at=now(county),
            why=request.why,
            note=request.note,
            asked_by=request.asked_by,
            channel=COMMAND_LINE,
            is_demonstration=county.demonstration is not None,
        )
        record_audit(settings.folders, year, [entry], {})
    return Outcome(f"已记入决定记录，更正 {digest_of(new)[:16]} 待审核、批准；批准前仍公示原来的结果。")


def _steps(
    view: View, versions: Sequence[Version], step: Step, *, by: str, why: str, channel: str
) -> list[tuple[Entry, str]]:
    """Return the records of a step and the text of the batch each names; refused before anything is recorded."""
    is_demonstration = view.county.demonstration is not None
    return step_entries(
        view.history, versions, step, by=by, at=now(view.county), why=why, channel=channel,
        is_demonstration=is_demonstration,
    )  # fmt: skip


def _record(view: View, made: Sequence[tuple[Entry, str]]) -> None:
    texts = {entry.details["results"]: text for entry, text in made}
    record_audit(view.settings.folders, view.year, [entry for entry, _ in made], texts)


def _told(counts: Counter[Step], year: int) -> str:
    if not counts.total():
        return "没有新增：表中没有填写意见。"
    words: dict[Step, str] = {"check": "审核通过", "return": STATE_WORDS["returned"], "approve": "批准公示"}
    told = "，".join(f"{words[step]} {counts[step]} 项" for step in words if counts[step])
    return f"已记入决定记录：{told}。\n下次运行 onevisit run results、onevisit run publish --year {year} 时生效。"


def _is_results(name: str) -> bool:
    kind = kind_of(name)
    return kind is not None and kind.key == "results"
