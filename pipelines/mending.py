"""A department's answers to the yearly review from the command line: a filled 整改清单 read in.

Whatever is written goes to the year's decision log in one append, all of it or nothing. Nothing printed here
names a person.
"""

from collections import Counter
from pathlib import Path

from assets.clock import now, today
from assets.decisions import append_decisions, decision_logs, read_decision_log
from assets.files import write_whole
from onevisit.county import County
from onevisit.decisions import extended, parse_log
from onevisit.supervision.mending import WORDS, answers, entry_of
from onevisit.supervision.mending_import import Returned, read_mending
from onevisit.supervision.mending_workbook import Sent, mending_workbook
from onevisit.supervision.report import problem_lines
from onevisit.supervision.tables import FollowUps, Problems
from pipelines.judging import Outcome
from pipelines.lock import alone
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
            back = path.with_name(f"{path.stem}（有错误）.xlsx")
            write_whole(back, mending_workbook(returned.sent, filled=returned.filled), mode=0o600)
            return Outcome(_refusal(returned, back), is_refused=True)
        _record(settings, county, year, returned)
    return Outcome(_summary(returned, year))


def _sent(settings: Settings, county: County, year: int) -> dict[str, Sent]:
    """Return department -> what the last review sent it; the data's fingerprint stands in the workbook."""
    lines = problem_lines(*(exported(settings.folders, model, year) for model in (Problems, FollowUps)))
    return {
        name: Sent(county.name, year, name, own, fingerprint="")
        for name in county.department_names
        if (own := tuple(line for line in lines if line.department == name))
    }


def _record(settings: Settings, county: County, year: int, returned: Returned) -> None:
    log = parse_log(read_decision_log(settings.folders, year))
    at, is_demonstration = now(county), county.demonstration is not None
    entries = [entry_of(one, at=at, is_demonstration=is_demonstration) for one in returned.answers]
    append_decisions(settings.folders, year, extended(log, entries)[len(log) :])


def _refusal(returned: Returned, back: Path) -> str:
    problems = [fault.problem for fault in returned.filled.faults]
    return "\n".join(
        [
            f"没有导入：表中有 {len(problems)} 处错误，全部答复都没有记录。",
            *(one.text("zh") for one in problems),
            f"已写回标红的整改清单：{back}",
        ]
    )


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
