"""The steps of a ceremony as people take them: one at a time, in order, each refused when it is not its turn.

Evidence in, evidence out; the same evidence when the step was done before. Where an attempt stands is
read from its evidence alone. What an event writes is in `events.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import polars as pl

from onevisit.county import DrawRules
from onevisit.draw import events
from onevisit.draw.ceremony import PARTIES
from onevisit.draw.ceremony import commit as commitment_of
from onevisit.draw.events import Files
from onevisit.draw.evidence import Evidence, disclosure_of, records_of, replay_digest, replays_of, rows_of, serial_of
from onevisit.draw.form import sha256
from onevisit.draw.freeze import Parties, SignedPlan, freeze_round
from onevisit.draw.rounds import Round
from onevisit.draw.substitutes import NOBODY, Loss
from onevisit.draw.trail import Line, attempts_of, read_trail
from onevisit.errors import Problem, RefusedError, problem

Kind = Literal["commit", "reveal", "beacon", "run", "codes", "drawn", "void"]


@dataclass(frozen=True, slots=True)
class Next:
    """What an attempt waits for."""

    kind: Kind
    party: str = ""
    """Witness, or kind of public source."""
    moment: str = ""
    """When the public source becomes known."""
    loss: Mapping[str, str] | None = None
    """The record of a lost business that waits for its codes."""

    def loss_text(self) -> str:
        """Name the business that waits for its codes."""
        return f"任务 {self.loss['task']} 的 {self.loss['lost']} " if self.loss else ""

    def text(self) -> str:
        """Say in Chinese what is to be done now."""
        who = f"{called(self.party)}（{self.party}）"
        return {
            "commit": f"由{who}提交承诺",
            "reveal": f"由{who}揭示密封的数值",
            "beacon": f"等到 {self.moment[:16].replace('T', ' ')} 录入{who}的数值",
            "run": "抽取",
            "codes": f"{self.loss_text()}退出，由递补码链的持有人出示本次递补的码",
            "drawn": "没有待办步骤：本次已经抽出结果，抽中对象无法检查的办理递补",
            "void": "没有待办步骤：本次已经作废，同一场次另行冻结、重新抽取",
        }[self.kind]


def next_step(files: Evidence) -> Next:
    """Return what an attempt waits for."""
    if "drawn.tsv" in files:
        waiting = losses(files)[files["CODES"].count(b"\n") :]
        return Next("codes", loss=waiting[0]) if waiting else Next("drawn")
    if _lines(files)[-1].event == "void":
        return Next("void")
    committed, revealed = said(files, "COMMITS"), said(files, "REVEALS")
    for kind, done in (("commit", committed), ("reveal", revealed)):
        for name in witnesses_of(files):
            if name not in done:
                return Next("commit" if kind == "commit" else "reveal", name)
    for name, moment in _sources(files).items():
        if name not in revealed:
            return Next("beacon", name, moment)
    return Next("run")


def is_closed(files: Evidence) -> bool:
    """Tell whether an attempt was drawn or given up."""
    return next_step(files).kind in ("codes", "drawn", "void")


def witnesses_of(files: Evidence) -> list[str]:
    """Return the witnesses of an attempt in their order."""
    return files["witnesses.tsv"].decode().splitlines()


def called(name: str) -> str:
    """Return the Chinese name of who commits or reveals."""
    return PARTIES.get(name, name)


def chains_of(files: Evidence) -> dict[str, str]:
    """Return holder -> head of the substitute chain."""
    rows = (line.split("\t") for line in files["chains.tsv"].decode().splitlines())
    return dict(rows)


def moment_of(files: Evidence) -> str:
    """Return when the first public source becomes known."""
    return min(_sources(files).values())


def said(files: Evidence, name: str) -> dict[str, str]:
    """Return who said what so far in COMMITS or REVEALS."""
    sign = "\t" if name == "COMMITS" else "="
    lines = files.get(name, b"").decode().splitlines()
    return {party: value for party, _, value in (line.partition(sign) for line in lines)}


def losses(files: Evidence) -> list[dict[str, str]]:
    """Return the records of lost businesses in order, those that still wait for their codes too."""
    return records_of(files, "lost")


def not_replayed(files: Evidence) -> list[str]:
    """Return the witnesses of a drawn witnessed attempt whose digest is not on record."""
    if "drawn.tsv" not in files or disclosure_of(files) == "open":
        return []
    return [name for name in witnesses_of(files) if name not in replays_of(files)]


def freeze(
    plan: SignedPlan,
    one: Round,
    *,
    serial: str,
    objects: pl.DataFrame,
    history: bytes,
    rules: DrawRules,
    parties: Parties,
    mark_secret: str,
    staff: Evidence,
    at: str,
    earlier: Evidence | None,
) -> Files:
    """Begin an attempt. Raises RefusedError: D098 other holders than the county names, what `freeze_round` refuses."""
    strangers = sorted(set(parties.chains) ^ set(rules.chain_holders))
    if strangers:
        raise RefusedError([problem("D098", value="、".join(strangers), wanted="、".join(sorted(rules.chain_holders)))])
    frozen = freeze_round(
        plan,
        one,
        objects=objects,
        history=history,
        rules=rules,
        parties=parties,
        mark_secret=mark_secret,
        staff=staff,
    )
    if earlier is not None:
        _require_later(earlier, at)
    return events.freeze(frozen, serial=serial, at=at, earlier=earlier)


def commit(files: Evidence, name: str, value: str, *, at: str) -> Files:
    """Take the commitment of the witness whose turn it is.

    Raises RefusedError: D049 no witness of this round, D090 not the turn, D091 another commitment than before.
    """
    _require_witness(files, name)
    before = said(files, "COMMITS").get(name)
    if before == value:
        return dict(files)
    if before is not None:
        raise RefusedError([problem("D091", value=called(name))])
    _require_turn(files, "commit", name)
    _require_later(files, at)
    return events.commit(files, {name: value}, at=at)


def reveal(files: Evidence, name: str, value: str, *, at: str) -> Files:
    """Take the secret of the witness whose turn it is.

    Raises RefusedError: D049 no witness of this round, D090 not the turn, D092 another secret than before,
    D043 not what was committed to, D045 when the public source may be known.
    """
    _require_witness(files, name)
    before = said(files, "REVEALS").get(name)
    if before == value:
        return dict(files)
    if before is not None:
        raise RefusedError([problem("D092", value=called(name))])
    _require_turn(files, "reveal", name)
    _require_later(files, at)
    promised = said(files, "COMMITS")[name]
    if promised != commitment_of(sha256(files["MANIFEST"]), serial_of(files), name, value):
        raise RefusedError([problem("D043", value=called(name))])
    if at >= moment_of(files):
        raise RefusedError([problem("D045", value=called(name))])
    return events.reveal(files, {name: value}, at=at)


def show_source(files: Evidence, value: str, *, at: str) -> Files:
    """Take what the public source says.

    Raises RefusedError: D090 before every witness revealed, D044 before its moment, D092 another value than before.
    """
    shown = [name for name in _sources(files) if name in said(files, "REVEALS")]
    if shown and next_step(files).kind != "beacon":
        if said(files, "REVEALS")[shown[-1]] == value:
            return dict(files)
        raise RefusedError([problem("D092", value=called(shown[-1]))])
    waits = next_step(files)
    _require_turn(files, "beacon", waits.party)
    _require_later(files, at)
    if at < waits.moment:
        raise RefusedError([problem("D044", value=called(waits.party))])
    return events.reveal(files, {waits.party: value}, at=at)


def draw(files: Evidence, record: Mapping[str, object], *, at: str) -> Files:
    """Draw. Raises RefusedError (D090) before everything is revealed; a drawn attempt stays as it is."""
    if "drawn.tsv" in files:
        return dict(files)
    _require_turn(files, "run", "")
    _require_later(files, at)
    return events.draw(files, record, at=at)


def void(files: Evidence, record: Mapping[str, object], *, reason: str, at: str) -> Files:
    """Give an attempt up; one given up stays as it is.

    Raises RefusedError: D046 after the draw; D094 when everything is revealed: whoever could compute the
    result and then give it up, could choose among results.
    """
    waits = next_step(files)
    if waits.kind == "void":
        return dict(files)
    if waits.kind == "run":
        raise RefusedError([problem("D094", value=serial_of(files))])
    _require_later(files, at)
    return events.void(files, {**record, "kind": "void", "reason": reason}, at=at)


def replayed(files: Evidence, name: str, digest: str, *, at: str) -> Files:
    """Record the digest (复算摘要) a witness got by replaying the sealed evidence; the same again changes nothing.

    Raises RefusedError: D049 no witness of this round, D090 nothing is drawn, D110 an open round, which
    everybody replays, D112 another digest is on record, D111 not the digest of this evidence. The right
    one is never told: a witness brings its own.
    """
    _require_witness(files, name)
    if "drawn.tsv" not in files:
        raise RefusedError([_out_of_turn(files)])
    if disclosure_of(files) == "open":
        raise RefusedError([problem("D110", value=serial_of(files))])
    before = replays_of(files).get(name)
    if before == digest:
        return dict(files)
    if before is not None:
        raise RefusedError([problem("D112", value=called(name))])
    if digest != replay_digest(files):
        raise RefusedError([problem("D111", value=called(name))])
    _require_later(files, at)
    return events.replayed(files, name, digest, at=at)


def lose(files: Evidence, task: str, lost: str, *, reason: str, at: str) -> Files:
    """Record why a drawn business is dropped, before anybody shows a code; the same loss again changes nothing.

    Raises RefusedError: D090 when nothing is drawn or another loss waits for its codes, D052 no codes left,
    D054 not drawn in this task, or lost before.
    """
    if any((one["task"], one["lost"]) == (task, lost) for one in losses(files)):
        return dict(files)
    _require_turn(files, "drawn", "")
    _require_later(files, at)
    settings: dict[str, str] = dict(rows_of(files, "settings.tsv").iter_rows())
    if len(losses(files)) == int(settings["substitutes"]):
        raise RefusedError([problem("D052", most=settings["substitutes"])])
    if lost not in _standing(files, task):
        raise RefusedError([problem("D054", value=f"{task} {lost}")])
    return events.lose(files, task, lost, reason=reason, at=at)


def substitute(files: Evidence, task: str, lost: str, codes: Mapping[str, str], *, at: str) -> Files:
    """Take the substitutes of the loss that waits, by the code of every holder; done before, nothing changes.

    Raises RefusedError: D090 when another loss waits or none, D098 other holders than those of the chains,
    D053 a code that is not of its chain.
    """
    holders = sorted(chains_of(files))
    strangers = sorted(set(codes) ^ set(holders))
    if strangers:
        raise RefusedError([problem("D098", value="、".join(strangers), wanted="、".join(holders))])
    number = files["CODES"].count(b"\n") + 1 if "CODES" in files else 0
    loss = Loss(number, task, lost, tuple(codes[holder] for holder in holders))
    if number > 1 and files["CODES"].splitlines()[-1].decode() == replace(loss, number=number - 1).line().strip():
        return dict(files)
    waits = next_step(files)
    if waits.loss is None or (waits.loss["task"], waits.loss["lost"]) != (task, lost):
        raise RefusedError([_out_of_turn(files)])
    _require_later(files, at)
    return events.substitute(files, loss, at=at)


def _lines(files: Evidence) -> list[Line]:
    """Return the trail's lines of this attempt. Raises RefusedError (D060-D062) when they were changed."""
    lines, problems = read_trail(files["TRAIL"])
    if problems:
        raise RefusedError(problems)
    return attempts_of(lines)[-1]


def _sources(files: Evidence) -> dict[str, str]:
    """Return kind of public source -> the moment it becomes known."""
    rows = (line.split("\t") for line in files["sources.tsv"].decode().splitlines())
    return {kind: moment for kind, _, moment in rows}


def _standing(files: Evidence, task: str) -> set[str]:
    """Return who is drawn or taken in a task and not lost."""
    drawn = set(rows_of(files, "drawn.tsv").filter(pl.col("task") == task)["id"])
    taken = rows_of(files, "substitutes.tsv").filter(pl.col("task") == task)
    return (drawn | set(taken["new"])) - set(taken["lost"]) - {NOBODY}


def _require_witness(files: Evidence, name: str) -> None:
    if name not in witnesses_of(files):
        known = "、".join(f"{called(one)}（{one}）" for one in witnesses_of(files))
        raise RefusedError([problem("D049", value=name, known=known)])


def _require_turn(files: Evidence, kind: Kind, party: str) -> None:
    waits = next_step(files)
    if (waits.kind, waits.party) != (kind, party):
        raise RefusedError([_out_of_turn(files)])


def _out_of_turn(files: Evidence) -> Problem:
    waits = next_step(files)
    return problem("D090", value=serial_of(files), next=waits.text(), next_en=waits.kind)


def _require_later(files: Evidence, at: str) -> None:
    last = _lines(files)[-1].at
    if at < last:
        raise RefusedError([problem("D093", value=at, last=last)])
