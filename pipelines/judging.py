"""Judging pairs of records from the command line: a filled workbook read in, what holds, and taking back.

Whatever is written goes to the year's decision log in one append, all of it or nothing. Nothing
printed here names a representative or a phone, and no reason is: people write names in it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from assets.clock import now, review_due
from assets.decisions import decision_logs, record_decisions
from onevisit.codes import hide_numbers
from onevisit.county import County
from onevisit.decisions import Decision
from onevisit.errors import RefusedError, problem
from onevisit.registries.judgements import WORDS, Judgement, entry_of, in_effect, judgements
from onevisit.registries.review_import import Returned, read_review
from onevisit.registries.review_workbook import Review, review_workbook
from onevisit.registries.tables import DuplicatesToReview, ObjectSources
from pipelines.lock import alone
from pipelines.returned import Outcome, sent_back
from pipelines.settings import Settings
from pipelines.summary import exported

COMMAND_LINE = "command line"


def import_review(settings: Settings, county: County, path: Path, year: int, *, by: str) -> Outcome:
    """Record every judgement of a filled workbook, or write it back beside itself with the mistakes marked.

    Raises RefusedError when the file is no workbook of this year (R041 to R043) or cannot be read, when
    a log was tampered with (P060), or when another run holds the data (C005).
    """
    with alone(settings):
        logs = decision_logs(settings.folders, year)
        review = _review(settings, county, year, logs)
        channels = frozenset(record.channel for _, log in logs for record in log if record.kind == "judge")
        returned = read_review(path.name, path.read_bytes(), review, channels=channels, by=by)
        if returned.filled.faults:
            due = review_due(county)
            marked = review_workbook(review, returned.department, due=due, filled=returned.filled)
            return sent_back(path, marked, returned.filled.faults, what="判断", form="核对表")
        _record(settings, county, year, returned.judgements)
    return Outcome(_summary(returned, year))


def withdraw(settings: Settings, county: County, pair_id: str, year: int, *, by: str, why: str) -> str:
    """Take back the judgement on a pair. Raises RefusedError (R053) when none is in effect; P060, C005."""
    with alone(settings):
        held = in_effect(judgements(decision_logs(settings.folders, year))).filter(pair_id=pair_id)
        if held.is_empty():
            raise RefusedError([problem("R053", value=pair_id)])
        [(left, right)] = held.select("left_key", "right_key").rows()
        back = Judgement(pair_id, (left, right), "withdrawn", by, hide_numbers(why), COMMAND_LINE)
        _record(settings, county, year, [back])
    return f"已撤回对 {pair_id}（{left} 与 {right}）的判断。\n{_next(year)}"


def held_judgements(settings: Settings, county: County, year: int) -> str:
    """Return the judgements in effect, one a line: pair, judgement, both records, who and when."""
    review = _review(settings, county, year, decision_logs(settings.folders, year))
    names = dict(review.sources.select("record_key", "name").iter_rows())
    held = in_effect(review.judgements)
    columns = held.select("pair_id", "judgement", "left_key", "right_key", "by", "at")
    lines = [
        f"{pair_id}  {WORDS[ruling]}  {_named(left, names)} 与 {_named(right, names)}  {by} {at[:10]}"
        for pair_id, ruling, left, right, by, at in columns.iter_rows()
    ]
    return "\n".join([f"{year} 年度有效的判断共 {held.height} 条", *lines])


def _named(key: str, names: Mapping[str, str]) -> str:
    return f"{names[key]}（{key}）" if key in names else key


def _review(settings: Settings, county: County, year: int, logs: Sequence[tuple[int, Sequence[Decision]]]) -> Review:
    pairs, sources = (exported(settings.folders, model, year) for model in (DuplicatesToReview, ObjectSources))
    return Review(county.name, year, pairs, judgements(logs), sources)


def _record(settings: Settings, county: County, year: int, judged: Sequence[Judgement]) -> None:
    at, is_demonstration = now(county), county.demonstration is not None
    record_decisions(
        settings.folders, year, [entry_of(one, at=at, is_demonstration=is_demonstration) for one in judged]
    )


def _summary(returned: Returned, year: int) -> str:
    new, recorded = returned.judgements, returned.recorded_count
    if not new:
        return "没有新增：表中的判断此前都已导入。" if recorded else "没有新增：表中没有填写判断。"
    counts = Counter(one.ruling for one in new)
    words = "，".join(f"{word} {counts[ruling]}" for ruling, word in WORDS.items() if counts[ruling])
    codes = "、".join(one.pair_id for one in new if one.is_two_codes)
    return "\n".join(
        [
            f"已导入 {len(new)} 条判断：{words}。",
            *([f"其中判为同一对象而两条记录各有一个可信代码的（两个代码）：{codes}。"] if codes else []),
            *([f"另有 {recorded} 条此前已导入，没有重复记录。"] if recorded else []),
            _next(year),
        ]
    )


def _next(year: int) -> str:
    return f"下次运行 onevisit run registries --year {year} 时生效。"
