"""A scripted ceremony for a made-up county: the same shape as a real one, and marked 示例.

What people would bring (secrets, chains, the public source, reasons) is made from the county's
demonstration seed, so that the same county gives the same bytes. Never used where people draw.
"""

import datetime as dt
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from onevisit.county import DrawRules
from onevisit.draw import events, steps, verify
from onevisit.draw.ceremony import chain_code
from onevisit.draw.ceremony import commit as commitment_of
from onevisit.draw.evidence import Evidence, rows_of
from onevisit.draw.form import sha256
from onevisit.draw.freeze import Parties, SignedPlan
from onevisit.draw.rounds import Held, Round
from onevisit.draw.substitutes import NOBODY

LOSSES = {1: 1, 2: 2}
"""Round -> how many businesses turn out closed; the second one is the substitute of the first."""

REASON = "示例：上门前核实已停业，无法检查"
VOID_REASON = "示例：一名见证人未按时揭示，本次作废，另行抽取"


@dataclass(frozen=True, slots=True)
class Script:
    """What a scripted ceremony needs to know of the county."""

    seed: str
    county_code: str
    year: int
    today: dt.date
    rules: DrawRules

    def secret(self, *parts: str) -> str:
        """Return 64 hex digits that stand for something a person would bring."""
        return hashlib.sha256("|".join((self.seed, *parts)).encode()).hexdigest()


def hold(
    script: Script,
    plan: SignedPlan,
    one: Round,
    *,
    objects: pl.DataFrame,
    history: bytes,
    staff: Evidence,
    is_void: bool,
    earlier: Evidence | None,
) -> dict[str, bytes]:
    """Hold one attempt and return its evidence; `earlier` is the void attempt before it.

    A void attempt has a witness who does not reveal.
    """
    serial = one.serial(script.county_code, script.year)
    clock = _Clock(one.draws_on, 9 + 2 * (one.attempt - 1))
    files = steps.freeze(
        plan,
        one,
        serial=serial,
        objects=objects,
        history=history,
        rules=script.rules,
        parties=_parties(script, serial, moment=clock.at(60)),
        mark_secret=script.secret("marks", serial),
        staff=staff,
        at=clock.at(0),
        earlier=earlier,
    )
    brought = {name: script.secret("witness", serial, name) for name in script.rules.witnesses}
    c = sha256(files["MANIFEST"])
    for name in steps.witnesses_of(files):
        files = steps.commit(files, name, commitment_of(c, serial, name, brought[name]), at=clock.at(10))
    record = events.plan_record(plan, one, is_demonstration=True)
    silent = max(brought) if is_void else None
    for name in steps.witnesses_of(files):
        if name != silent:
            files = steps.reveal(files, name, brought[name], at=clock.at(30))
    if is_void:
        return steps.void(files, record, reason=VOID_REASON, at=clock.at(45))
    files = steps.show_source(files, script.secret("source", serial), at=clock.at(60))
    files = steps.draw(files, record, at=clock.at(61))
    if one.disclosure == "witnessed":
        digest = _replay(files)
        for name in steps.witnesses_of(files):
            files = steps.replayed(files, name, digest, at=clock.at(90))
    return _losses(script, one, files)


def morning_of(day: dt.date) -> str:
    """Return the moment that stands for now on a scripted day, ISO 8601: nine in the morning."""
    return _Clock(day, 9).at(0)


def goes_void(one: Round, held: Iterable[Held]) -> bool:
    """Tell whether the script lets an attempt fail: the first of the year's first round with risk classes."""
    return one.disclosure == "witnessed" and all(other.disclosure == "open" for other in held)


def _replay(files: Evidence) -> str:
    """Replay what every witness was handed, by the verifier in it, and return the digest: all have the same copy."""
    copy = verify.Folder(dict(files))
    verify.verify(copy)
    return copy.digest


def _parties(script: Script, serial: str, *, moment: str) -> Parties:
    heads = {
        holder: chain_code(script.secret("chain", serial, holder), script.rules.substitutes)
        for holder in script.rules.chain_holders
    }
    return Parties(heads, moment)


def _losses(script: Script, one: Round, files: dict[str, bytes]) -> dict[str, bytes]:
    """Let a business of the first task turn out closed on the day the task's window opens, if that day has come."""
    task = min(one.starts, key=lambda task: (one.starts[task], task))
    drawn = rows_of(files, "drawn.tsv").filter(pl.col("task") == task)["id"].sort()
    if one.starts[task] > script.today or drawn.is_empty():
        return files
    clock = _Clock(one.starts[task], 9)
    lost = drawn[0]
    for number in range(1, min(LOSSES.get(one.number, 0), script.rules.substitutes) + 1):
        files = steps.lose(files, task, lost, reason=REASON, at=clock.at(60 * number))
        files = steps.substitute(files, task, lost, _codes(script, one, number), at=clock.at(60 * number))
        taken = rows_of(files, "substitutes.tsv").filter(pl.col("number") == str(number))["new"]
        lost = taken[0]
        if lost == NOBODY:
            break
    return files


def _codes(script: Script, one: Round, number: int) -> dict[str, str]:
    serial = one.serial(script.county_code, script.year)
    left = script.rules.substitutes - number
    return {holder: chain_code(script.secret("chain", serial, holder), left) for holder in script.rules.chain_holders}


@dataclass(frozen=True, slots=True)
class _Clock:
    """The scripted hour at which a ceremony begins."""

    on: dt.date
    hour: int

    def at(self, minutes: int) -> str:
        """Return a time so many minutes after the beginning."""
        moment = dt.datetime.combine(self.on, dt.time(self.hour), dt.timezone(dt.timedelta(hours=8)))
        return (moment + dt.timedelta(minutes=minutes)).isoformat(timespec="seconds")
