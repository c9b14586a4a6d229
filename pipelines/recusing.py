"""Answering from the command line whether an inspector must keep away from a namesake's object.

Whatever is written goes to the year's decision log in one append, all of it or nothing. Nothing
printed here names an inspector or a representative, and no reason is: people write names in it.
"""

from collections import Counter
from pathlib import Path

from assets.clock import now, review_due
from assets.decisions import decision_logs, record_decisions
from onevisit.county import County
from onevisit.registries.recusal_import import Returned, read_recusals
from onevisit.registries.recusal_workbook import Asked, recusal_workbook
from onevisit.registries.suspicions import WORDS, answered, answers, entry_of
from onevisit.registries.tables import Inspectors, Objects, Suspicions
from pipelines.lock import alone
from pipelines.returned import Outcome, sent_back
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
            marked = recusal_workbook(asked, returned.department, due=review_due(county), filled=returned.filled)
            return sent_back(path, marked, returned.filled.faults, what="答复", form="核对表")
        at, is_demonstration = now(county), county.demonstration is not None
        entries = [entry_of(one, at=at, is_demonstration=is_demonstration) for one in returned.answers]
        record_decisions(folders, year, entries)
    return Outcome(_summary(returned, year))


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
