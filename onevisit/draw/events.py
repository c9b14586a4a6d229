"""What may happen to a round, one function per event: evidence in, evidence with one event more out.

The order of the protocol is kept here: freeze, root, commits, reveals, source, draw, losses; or void
at any point before the draw. Times and what people say are inputs.
"""

from collections.abc import Mapping

from onevisit.draw.ceremony import check_ceremony, commits_file, reveals_file, seed_of
from onevisit.draw.evidence import (
    CHANGE,
    CHANGES,
    REPLAYED,
    SITTING,
    Evidence,
    is_void,
    moment_problems,
    records_of,
    results_of,
    serial_of,
    substitute_payloads,
    substitutes_file,
    verifier,
)
from onevisit.draw.form import sha256
from onevisit.draw.freeze import SignedPlan
from onevisit.draw.frozen import VERIFIER, manifest_of, read_frozen
from onevisit.draw.merkle import merkle_root
from onevisit.draw.rounds import Round
from onevisit.draw.substitutes import Loss
from onevisit.draw.trail import Event, append, attempts_of, head, read_trail, record_line
from onevisit.errors import RefusedError, problem

Files = dict[str, bytes]

_KEPT_OF_VOID = ("MANIFEST", "ROOT", "COMMITS", "REVEALS")
_RESULTS: tuple[tuple[Event, str], ...] = (("seed", "SEED"), ("drawn", "drawn.tsv"), ("batches", "batches.tsv"))


def freeze(frozen_files: Evidence, *, serial: str, at: str, earlier: Evidence | None) -> Files:
    """Begin an attempt: the frozen files, the verifier among them, MANIFEST and ROOT.

    Its trail goes on from the void attempt before it.
    """
    frozen = {**frozen_files, VERIFIER: verifier()}
    files = {**frozen, "DRAW": f"{serial}\n".encode(), "MANIFEST": manifest_of(frozen)}
    files["ROOT"] = f"{merkle_root(files['objects.tsv'])}\n".encode()
    files |= _carried(earlier) if earlier else {"TRAIL": b"", "RECORDS": b""}
    files = _happens(files, at=at, event="freeze", payload=files["MANIFEST"])
    return _happens(files, at=at, event="root", payload=files["ROOT"])


def commit(files: Evidence, commits: Mapping[str, str], *, at: str) -> Files:
    """Add what witnesses commit to."""
    before = files.get("COMMITS", b"")
    after = {**files, "COMMITS": before + commits_file(commits, _names(files, "witnesses.tsv"))}
    return _each(after, "COMMITS", at=at, event="commit", done=len(before.splitlines()))


def reveal(files: Evidence, reveals: Mapping[str, str], *, at: str) -> Files:
    """Add what witnesses reveal, and later what the public sources say."""
    before = files.get("REVEALS", b"")
    order = [*_names(files, "witnesses.tsv"), *_names(files, "sources.tsv")]
    after = {**files, "REVEALS": before + reveals_file(reveals, order)}
    return _each(after, "REVEALS", at=at, event="reveal", done=len(before.splitlines()))


def draw(files: Evidence, record: Mapping[str, object], *, at: str) -> Files:
    """Draw from what was revealed. Raises RefusedError (D040-D045) when the ceremony is not whole.

    A witness who does not reveal is never left out and drawn on: the attempt is void.
    """
    frozen, serial, commitment = read_frozen(files), serial_of(files), sha256(files["MANIFEST"])
    reveals = files.get("REVEALS", b"")
    problems = check_ceremony(
        frozen, commitment=commitment, serial=serial, commits=files.get("COMMITS", b""), reveals=reveals
    )
    lines, broken = read_trail(files["TRAIL"])
    problems += broken + moment_problems(frozen, attempts_of(lines)[-1], reveals)
    if problems:
        raise RefusedError(problems)
    results = results_of(frozen, seed_of(commitment, serial, reveals))
    after: Files = {**files, **results, "CODES": b"", "substitutes.tsv": b""}
    for event, name in _RESULTS:
        after = _happens(after, at=at, event=event, payload=results[name])
    return _recorded(after, record, at=at, event="plan")


def void(files: Evidence, record: Mapping[str, object], *, at: str) -> Files:
    """Give an attempt up. Raises RefusedError (D046) after the draw: then nothing can be taken back."""
    if not is_void(files):
        raise RefusedError([problem("D046", value=serial_of(files))])
    return _recorded({**files}, record, at=at, event="void")


def lose(files: Evidence, task: str, lost: str, *, reason: str, at: str) -> Files:
    """Put the reason for dropping a drawn business into the trail; only then its codes may be shown."""
    record = {"kind": "lost", "lost": lost, "reason": reason, "task": task}
    return _recorded({**files}, record, at=at, event="plan")


def replayed(files: Evidence, witness: str, digest: str, *, at: str) -> Files:
    """Put the digest of a witness's replay into the trail."""
    return _recorded({**files}, {"digest": digest, "kind": REPLAYED, "witness": witness}, at=at, event="plan")


def seat_people(files: Evidence, sitting: Evidence, *, at: str) -> Files:
    """Add how people were drawn for visits of the round: `people/NNN/`, bound by the digest of its MANIFEST."""
    number = len(records_of(files, SITTING)) + 1
    after = {**files, **{f"people/{number:03d}/{name}": data for name, data in sitting.items()}}
    return _recorded(after, {"digest": sha256(sitting["MANIFEST"]), "kind": SITTING}, at=at, event="plan")


def replace_person(files: Evidence, line: bytes, *, at: str) -> Files:
    """Add a line to CHANGES: who sits in one place from now on. The trail has its digest alone."""
    after = {**files, CHANGES: files.get(CHANGES, b"") + line}
    return _recorded(after, {"digest": sha256(line), "kind": CHANGE}, at=at, event="recusal")


def substitute(files: Evidence, loss: Loss, *, at: str) -> Files:
    """Take the substitutes of a business whose loss is in the trail. Raises RefusedError (D050-D054)."""
    after = {**files, "CODES": files["CODES"] + loss.line().encode()}
    seed = after["SEED"].decode().strip()
    after["substitutes.tsv"] = substitutes_file(read_frozen(after), seed, after["CODES"])
    return _happens(after, at=at, event="substitute", payload=substitute_payloads(after)[-1])


def plan_record(plan: SignedPlan, one: Round, *, is_demonstration: bool) -> dict[str, object]:
    """Return which plan a round carries out, who signed it off and when its windows open."""
    return {
        "approval": plan.approval,
        "is_demonstration": is_demonstration,
        "kind": "drawn",
        "plan": plan.fingerprint,
        "starts": {task: start.isoformat() for task, start in sorted(one.starts.items())},
    }


def _names(files: Evidence, name: str) -> list[str]:
    """Return the first fields of a frozen file, in its order."""
    return [line.split("\t")[0] for line in files[name].decode().splitlines()]


def _carried(earlier: Evidence) -> Files:
    """Return what a new attempt keeps of the void ones before it: one trail, and what proves its lines."""
    serial = serial_of(earlier)
    own = {f"void/{serial}/{name}": earlier[name] for name in _KEPT_OF_VOID if name in earlier}
    older = {name: data for name, data in earlier.items() if name.startswith("void/")}
    return {**older, **own, "TRAIL": earlier["TRAIL"], "RECORDS": earlier["RECORDS"]}


def _happens(files: Files, *, at: str, event: Event, payload: bytes) -> Files:
    trail = append(files["TRAIL"], at=at, event=event, payload=payload)
    return {**files, "TRAIL": trail, "HEAD": f"{head(trail)}\n".encode()}


def _each(files: Files, name: str, *, at: str, event: Event, done: int = 0) -> Files:
    for line in files[name].splitlines(keepends=True)[done:]:
        files = _happens(files, at=at, event=event, payload=line)
    return files


def _recorded(files: Files, record: Mapping[str, object], *, at: str, event: Event) -> Files:
    line = record_line(record)
    return _happens({**files, "RECORDS": files["RECORDS"] + line}, at=at, event=event, payload=line)
