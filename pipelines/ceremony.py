"""A real round on this computer: every step under the lock, kept whole, and what it says to who is present.

What officials read is Chinese; the next command stands beside it.
"""

import datetime as dt
import re
import secrets
from collections.abc import Callable, Iterator, Sequence

import dagster as dg

from assets.attempts import Attempt, attempt_of, keep_begun, keep_step, open_attempts
from assets.clock import now, today
from assets.decisions import read_decision_log
from assets.draw import begin_attempt
from assets.evidence import evidence_of
from assets.warehouse import Warehouse
from onevisit.county import County
from onevisit.draw import steps, typed
from onevisit.draw.disclosure import commitment_of
from onevisit.draw.evidence import Evidence, held_of, parts_of, rows_of
from onevisit.draw.form import SERIAL
from onevisit.draw.freeze import Parties
from onevisit.draw.ground import planned_rounds
from onevisit.draw.steps import Next, next_step
from onevisit.draw.trail import head
from onevisit.errors import RefusedError, problem
from onevisit.plan.signoff import require_sign_off
from onevisit.plan.tables import Tasks
from pipelines.lock import alone
from pipelines.minutes import write_minutes
from pipelines.settings import Settings
from pipelines.summary import exported

Take = Callable[[Attempt, str], Evidence]
"""A step: the attempt and the time, to its evidence after it."""

_COMMANDS = {
    "commit": "onevisit draw commit {serial} {party} COMMITMENT",
    "reveal": "onevisit draw reveal {serial} {party} SECRET",
    "beacon": "onevisit draw beacon {serial} VALUE --again VALUE",
    "run": "onevisit draw run {serial}",
    "codes": "onevisit draw substitute {serial} {task} {lost} --code HOLDER=CODE ...",
    "drawn": "onevisit draw substitute {serial} TASK OBJECT --reason REASON",
    "void": "onevisit draw freeze --year {year} --moment MOMENT --chain HOLDER=HEAD ...",
}


class Ceremony:
    """The rounds of one county, as people hold them."""

    def __init__(self, settings: Settings, county: County) -> None:
        """Raises RefusedError (D100) in a demonstration: its rounds are scripted."""
        if county.demonstration:
            raise RefusedError([problem("D100", value=county.name)])
        self._settings, self._county = settings, county
        self._folders = settings.folders

    def freeze(self, year: int, *, moment: str, chains: Sequence[str]) -> str:
        """Freeze the next round of a year; the same freeze again changes nothing.

        Raises RefusedError: what `begin_attempt` refuses, D097 a moment that is not to come, D099 another
        attempt is open, C005 another program holds the database.
        """
        with alone(self._settings):
            at = now(self._county)
            parties = Parties(_named(chains), _moment(moment, at, is_known=bool(open_attempts(self._folders, year))))
            for serial in open_attempts(self._folders, year):
                return self._frozen_before(serial, parties)
            try:
                serial, attempt = begin_attempt(
                    Warehouse(self._folders), self._county, year, parties, mark_secret=secrets.token_hex(32), at=at
                )
            except dg.RetryRequested:
                # A viewer holds the database; inside Dagster the warehouse would try again.
                raise RefusedError([problem("C005", file=self._settings.data.name)]) from None
            keep_begun(self._folders, serial, attempt)
        return "\n".join(
            [
                f"已冻结场次 {serial}，任务 {'、'.join(sorted(attempt.record['starts']))}。",
                *_facts(attempt.files),
                f"请在各方承诺之前公布：\n  onevisit run publish --year {year}",
                *_what_next(serial, attempt.files),
            ]
        )

    def commit(self, serial: str, witness: str, value: str) -> str:
        """Take a witness's commitment, while the plan it was frozen from is signed off (P061-P064)."""
        typed_value = typed.hex_value(value, who=witness)

        def take(attempt: Attempt, at: str) -> Evidence:
            if attempt.record:
                log = read_decision_log(self._folders, parts_of(serial).year)
                require_sign_off(log, attempt.record["plan"])
            return steps.commit(attempt.files, witness, typed_value, at=at)

        return self._step(serial, f"{steps.called(witness)}的承诺", take)

    def reveal(self, serial: str, witness: str, value: str) -> str:
        """Take what a witness reveals."""
        secret = typed.hex_value(value, who=witness)
        return self._step(
            serial,
            f"{steps.called(witness)}的揭示",
            lambda attempt, at: steps.reveal(attempt.files, witness, secret, at=at),
        )

    def show_source(self, serial: str, value: str, again: str) -> str:
        """Take what the public source says, typed twice."""
        shown = typed.source_value(value, again)
        return self._step(
            serial, "公共随机源的数值", lambda attempt, at: steps.show_source(attempt.files, shown, at=at)
        )

    def run(self, serial: str) -> str:
        """Draw."""
        return self._step(serial, "抽取结果", lambda attempt, at: steps.draw(attempt.files, attempt.record, at=at))

    def void(self, serial: str, reason: str) -> str:
        """Give an attempt up."""
        why = typed.reason(reason)
        return self._step(
            serial, "作废", lambda attempt, at: steps.void(attempt.files, attempt.record, reason=why, at=at)
        )

    def lose(self, serial: str, task: str, lost: str, reason: str) -> str:
        """Record why a drawn business is dropped."""
        task, lost, why = typed.task_id(task), typed.object_id(lost), typed.reason(reason)
        return self._step(
            serial,
            f"{task} 中 {lost} 退出的原因",
            lambda attempt, at: steps.lose(attempt.files, task, lost, reason=why, at=at),
        )

    def substitute(self, serial: str, task: str, lost: str, codes: Sequence[str]) -> str:
        """Take the substitutes of the business whose loss waits."""
        task, lost, shown = typed.task_id(task), typed.object_id(lost), _named(codes)
        return self._step(
            serial,
            f"{task} 中 {lost} 的递补",
            lambda attempt, at: steps.substitute(attempt.files, task, lost, shown, at=at),
        )

    def replayed(self, serial: str, witness: str, digest: str) -> str:
        """Record what a witness's replay of the sealed evidence gave."""
        value = typed.hex_value(digest, who=witness)
        return self._step(
            serial,
            f"{steps.called(witness)}的复算摘要",
            lambda attempt, at: steps.replayed(attempt.files, witness, value, at=at),
        )

    def minutes(self, serial: str) -> str:
        """Write the minutes that fit how far an attempt is, and say where they are.

        Raises RefusedError (D102; D090 before every witness has committed).
        """
        files = attempt_of(self._folders, _serial(serial)).files
        written = write_minutes(self._folders, self._county, [files], parts_of(serial).year)
        return "\n".join([*(f"抽取记录：{path}" for path in written.paths), *written.warnings()])

    def status(self, year: int) -> str:
        """Say where every attempt of a year stands, and which rounds wait."""
        return "\n".join(self._status(year)) or f"{year}年度没有抽取，也没有待抽取的场次。"

    def _status(self, year: int) -> Iterator[str]:
        held = evidence_of(self._folders, year)
        for serial, files in held.items():
            yield f"{serial}  {_state(files)}"
            if next_step(files).kind == "codes":
                yield from _what_next(serial, files)
            else:
                yield from _replays_missing(serial, files)
        for serial in open_attempts(self._folders, year):
            files = attempt_of(self._folders, serial).files
            yield f"{serial}  {_state(files)}"
            yield from _what_next(serial, files)
        past = [held_of(files) for files in held.values()]
        tasks = exported(self._folders, Tasks, year)
        for one in planned_rounds(past, tasks, self._county, year):
            serial = one.serial(self._county.code, year)
            if serial not in open_attempts(self._folders, year):
                late = "（已到抽取日）" if one.draws_on <= today(self._county) else ""
                yield f"{serial}  待抽取：{one.draws_on}{late}，任务 {'、'.join(sorted(one.starts))}"

    def _step(self, serial: str, what: str, take: Take) -> str:
        with alone(self._settings):
            attempt = attempt_of(self._folders, _serial(serial))
            after = take(attempt, now(self._county))
            is_done_before = after == attempt.files
            if not is_done_before:
                keep_step(self._folders, serial, attempt.files, after)
        said = f"{what}此前已经办理，未作任何改动。" if is_done_before else f"已记入留痕：{what}。"
        return "\n".join([said, *_facts(after), *_what_next(serial, after)])

    def _frozen_before(self, serial: str, parties: Parties) -> str:
        files = attempt_of(self._folders, serial).files
        if (steps.chains_of(files), steps.moment_of(files)) != (dict(parties.chains), parties.moment):
            waits = next_step(files)
            raise RefusedError([problem("D099", value=serial, next=waits.text(), next_en=waits.kind)])
        said = f"场次 {serial} 此前已经冻结，未作任何改动。"
        return "\n".join([said, *_facts(files), *_what_next(serial, files)])


def _serial(text: str) -> str:
    """Return an attempt's serial; anything else never becomes a path. Raises RefusedError (D102)."""
    if not re.fullmatch(SERIAL, text):
        raise RefusedError([problem("D102", value=text)])
    return text


def _named(pairs: Sequence[str]) -> dict[str, str]:
    """Read HOLDER=VALUE pairs. Raises RefusedError (D106, D047, D048)."""
    named: dict[str, str] = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign or name in named:
            raise RefusedError([problem("D106", value=name[:32])])
        named[name] = typed.hex_value(value, who=name)
    return named


def _moment(text: str, at: str, *, is_known: bool) -> str:
    """Read the moment of the public source. Raises RefusedError (D097) when it is none, or not to come."""
    try:
        read = dt.datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=dt.timezone(dt.timedelta(hours=8)))
    except ValueError:
        raise RefusedError([problem("D097", value=text)]) from None
    moment = read.isoformat(timespec="seconds")
    if moment <= at and not is_known:
        raise RefusedError([problem("D097", value=text)])
    return moment


def _facts(files: Evidence) -> list[str]:
    """Return what is read out and written into the minutes."""
    return [
        f"冻结指纹（C）：{commitment_of(files)}",
        f"名录根（ROOT）：{files['ROOT'].decode().strip()}",
        *([f"抽取种子：{files['SEED'].decode().strip()}"] if "SEED" in files else []),
        f"留痕链首：{head(files['TRAIL'])}",
    ]


def _state(files: Evidence) -> str:
    waits = next_step(files)
    if waits.kind == "void":
        return "已作废"
    if "drawn.tsv" not in files:
        return "正在办理"
    drawn, lost = rows_of(files, "drawn.tsv")["id"].n_unique(), len(steps.losses(files))
    return f"已抽取：{drawn}户" + (f"，退出{lost}户" if lost else "")


def _what_next(serial: str, files: Evidence) -> list[str]:
    waits = next_step(files)
    is_signed_now = waits.kind in ("drawn", "void") or (waits.kind == "reveal" and "REVEALS" not in files)
    signing = [f"请打印抽取记录并由各方签字：\n  onevisit draw minutes {serial}"] if is_signed_now else []
    return [*signing, *_replays_missing(serial, files), *_then(serial, waits)]


def _replays_missing(serial: str, files: Evidence) -> list[str]:
    """Say which witnesses have not replayed yet, and how their digests are recorded."""
    if not (missing := steps.not_replayed(files)):
        return []
    who = "、".join(f"{steps.called(name)}（{name}）" for name in missing)
    return [f"尚未登记复算摘要：{who}。", f"  onevisit draw replayed {serial} {missing[0]} DIGEST"]


def _then(serial: str, waits: Next) -> list[str]:
    if waits.kind == "drawn":
        return [
            f"{waits.text()}。",
            f"  onevisit run draw --year {parts_of(serial).year}",
            f"  {_command(serial, waits)}",
        ]
    return [f"下一步：{waits.text()}。", f"  {_command(serial, waits)}"]


def _command(serial: str, waits: Next) -> str:
    loss = waits.loss or {"task": "", "lost": ""}
    return _COMMANDS[waits.kind].format(
        serial=serial, party=waits.party, year=parts_of(serial).year, task=loss["task"], lost=loss["lost"]
    )
