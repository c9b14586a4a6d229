"""Answering from the command line whether an inspector must keep away from a namesake's object.

Whatever is written goes to the year's decision log in one append, all of it or nothing. Nothing
printed here names an inspector or a representative, and no reason is: people write names in it.
"""

from collections import Counter
from pathlib import Path

from assets.clock import now, review_due
from assets.decisions import append_decisions, decision_logs, read_decision_log
from assets.files import write_whole
from onevisit.county import County
from onevisit.decisions import extended, parse_log
from onevisit.registries.recusal_import import Returned, read_recusals
from onevisit.registries.recusal_workbook import Asked, recusal_workbook
from onevisit.registries.suspicions import WORDS, answered, answers, entry_of
from onevisit.registries.tables import Inspectors, Objects, Suspicions
from pipelines.judging import Outcome
from pipelines.lock import alone
from pipelines.settings import Settings
from pipelines.summary import exported


def import_recusals(settings: Settings, county: County, path: Path, year: int, *, by: str) -> Outcome:
    """Record every answer of a filled workbook, or write it back beside itself with the mistakes marked.

    Raises RefusedError when the file is no workbook of this year (R063 to R065) or cannot be read, when
    a log was tampered with (P060), or when another run holds the data (C005).
    """
    folders = settings.folders
    with alone(settings):
        logs = decision_logs(folders, year)
        asked = Asked(
            county.name,
            year,
            answered(exported(folders, Suspicions, year), answers(logs)),
            exported(folders, Inspectors, year),
            exported(folders, Objects, year),
        )
        channels = frozenset(record.channel for _, log in logs for record in log if record.kind == "recuse")
        returned = read_recusals(path.name, path.read_bytes(), asked, channels=channels, by=by)
        if returned.filled.faults:
            back = path.with_name(f"{path.stem}（有错误）.xlsx")
            content = recusal_workbook(asked, returned.department, due=review_due(county), filled=returned.filled)
            write_whole(back, content, mode=0o600)
            return Outcome(_refusal(returned, back), is_refused=True)
        log = parse_log(read_decision_log(folders, year))
        at, is_demonstration = now(county), county.demonstration is not None
        entries = [entry_of(one, at=at, is_demonstration=is_demonstration) for one in returned.answers]
        append_decisions(folders, year, extended(log, entries)[len(log) :])
    return Outcome(_summary(returned, year))


def _refusal(returned: Returned, back: Path) -> str:
    problems = [fault.problem for fault in returned.filled.faults]
    return "\n".join(
        [
            f"没有导入：表中有 {len(problems)} 处错误，全部答复都没有记录。",
            *(one.text("zh") for one in problems),
            f"已写回标红的核对表：{back}",
        ]
    )


def _summary(returned: Returned, year: int) -> str:
    if not returned.answers:
        return "没有新增：表中的答复此前都已导入。" if returned.recorded_count else "没有新增：表中没有填写答复。"
    counts = Counter(one.word for one in returned.answers)
    words = "，".join(f"{text} {counts[word]}" for word, text in WORDS.items() if counts[word])
    return "\n".join(
        [
            f"已导入 {len(returned.answers)} 条答复：{words}。",
            *([f"另有 {returned.recorded_count} 条此前已导入，没有重复记录。"] if returned.recorded_count else []),
            f"下次运行 onevisit run registries --year {year} 和 onevisit run visits --year {year} 时生效。",
        ]
    )
