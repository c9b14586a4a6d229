"""A department's answers to the yearly review from the command line: a filled 整改清单 read in.

Whatever is written goes to the year's decision log in one append, all of it or nothing. Nothing printed here
names a person.
"""

from collections import Counter
from pathlib import Path

from assets.clock import now, today
from assets.decisions import decision_logs, record_decisions
from onevisit.county import County
from onevisit.supervision.measures import WHOLE_COUNTY, responsible
from onevisit.supervision.mending import WORDS, answers, entry_of
from onevisit.supervision.mending_import import Returned, read_mending
from onevisit.supervision.mending_workbook import Sent, mending_workbook
from onevisit.supervision.report import problem_lines
from onevisit.supervision.tables import FollowUps, Problems
from pipelines.lock import alone
from pipelines.returned import Outcome, sent_back
from pipelines.settings import Settings
from pipelines.summary import exported


def import_mending(settings: Settings, county: County, path: Path, year: int) -> Outcome:
    """Record every answer of a filled workbook, or write it back beside itself with the mistakes marked.

    Raises RefusedError when the file is no workbook of this year (S050, S051) or cannot be read, when a log was
    tampered with (P060), or when another run holds the data (C005).
    """
    with alone(settings):
        known = answers(decision_logs(settings.folders, year))
        sent = _sent(settings, county, year)
        returned = read_mending(path.name, path.read_bytes(), sent, known, year=year, today=today(county))
        if returned.filled.faults:
            marked = mending_workbook(returned.sent, filled=returned.filled)
            return sent_back(path, marked, returned.filled.faults, what="答复", form="整改清单")
        _record(settings, county, year, returned)
    return Outcome(_summary(returned, year))


def _sent(settings: Settings, county: County, year: int) -> dict[str, Sent]:
    """Return who was sent problems, the conference's office too -> which; the workbook tells the fingerprint."""
    lines = problem_lines(*(exported(settings.folders, model, year) for model in (Problems, FollowUps)))
    return {
        responsible(name): Sent(county.name, year, responsible(name), own, fingerprint="")
        for name in (WHOLE_COUNTY, *county.department_names)
        if (own := tuple(line for line in lines if line.department == name))
    }


def _record(settings: Settings, county: County, year: int, returned: Returned) -> None:
    at, is_demonstration = now(county), county.demonstration is not None
    entries = [entry_of(one, at=at, is_demonstration=is_demonstration) for one in returned.answers]
    record_decisions(settings.folders, year, entries)


def _summary(returned: Returned, year: int) -> str:
    new, recorded = returned.answers, returned.recorded_count
    if not new:
        return "没有新增：表中的答复此前都已导入。" if recorded else "没有新增：表中没有填写整改情况。"
    counts = Counter(one.word for one in new)
    words = "，".join(f"{word} {counts[word]}" for word in WORDS if counts[word])
    return "\n".join(
        [
            f"已导入{returned.sent.department} {len(new)} 条答复：{words}。",
            *([f"另有 {recorded} 条此前已导入，没有重复记录。"] if recorded else []),
            f"下次运行 onevisit run supervision --year {year} 时复查：数据里不再有的销号，仍然有的写“复查仍存在”。",
        ]
    )
