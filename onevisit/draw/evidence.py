"""The evidence of one attempt: a whole folder as names -> bytes, and its replay.

An evidence folder holds the files of the protocol, and besides: RECORDS (the records of void,
recusal and plan events, one line of JSON each, in order of the trail), HEAD (the head of the trail),
`void/<serial>/` (MANIFEST, ROOT, COMMITS, REVEALS of earlier attempts of the round, as far as they
got) and verify.py, which replays the folder without this project.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files as package_files
from typing import Any

import polars as pl

from onevisit.draw.batches import in_batches
from onevisit.draw.ceremony import check_ceremony, seed_of
from onevisit.draw.form import SERIAL, lines_of, one_line, sha256, tsv, tsv_of
from onevisit.draw.frozen import Disclosure, Frozen, check_manifest, read_frozen
from onevisit.draw.merkle import merkle_root
from onevisit.draw.rounds import Held
from onevisit.draw.select import draw
from onevisit.draw.substitutes import losses_of, substitutes
from onevisit.draw.trail import Line, attempts_of, head, read_trail
from onevisit.errors import Problem, RefusedError, problem

Evidence = Mapping[str, bytes]

COLUMNS = {
    "objects.tsv": ["id", "class", "mark"],
    "scope.tsv": ["task", "item", "stratum", "id"],
    "plan.tsv": ["task", "item", "stratum", "tier", "count", "kind", "value", "least"],
    "history.tsv": ["id", "cell", "flag"],
    "settings.tsv": ["name", "value"],
    "drawn.tsv": ["task", "item", "stratum", "id", "ticket"],
    "batches.tsv": ["task", "id", "batch"],
    "substitutes.tsv": ["number", "task", "item", "lost", "new"],
}
REPLAYED = "replayed"
"""Kind of the records that hold the digest of a witness's replay."""
SITTING, CHANGE = "teams", "replaced"
"""Kinds of the records that bind how people were drawn, and who came later in whose place."""
CHANGES = "people/CHANGES"
NEEDED = ("DRAW", "MANIFEST", "ROOT", "TRAIL")
NEEDED_WHEN_DRAWN = ("COMMITS", "REVEALS", "SEED", "batches.tsv", "CODES", "substitutes.tsv")
RECORDED = ("recusal", "plan", "void")
"""Events whose payload is a line of RECORDS."""


@dataclass(frozen=True, slots=True)
class Serial:
    """The parts of a serial: county-year-round-attempt."""

    county: str
    year: int
    round_text: str
    attempt: int


def parts_of(serial: str) -> Serial:
    """Return the parts of a serial."""
    county, year, round_text, attempt = serial.split("-")
    return Serial(county, int(year), round_text, int(attempt))


def serial_of(files: Evidence) -> str:
    """Return the content of DRAW. Raises RefusedError (D010) when it is no serial."""
    problems: list[Problem] = []
    serial = one_line("DRAW", files["DRAW"], SERIAL, problems)
    if problems:
        raise RefusedError(problems)
    return serial


def is_void(files: Evidence) -> bool:
    """Tell whether the attempt ended without a draw."""
    return "drawn.tsv" not in files


def rows_of(files: Evidence, name: str) -> pl.DataFrame:
    """Return the rows of a file that was checked when it was made, all columns as text; none when it is absent."""
    lines = pl.Series("line", files.get(name, b"").decode().split("\n")[:-1], dtype=pl.String)
    columns = COLUMNS[name]
    return lines.str.split_exact("\t", len(columns) - 1).struct.rename_fields(columns).struct.unnest()


def records_of(files: Evidence, kind: str | None = None) -> list[dict[str, Any]]:
    """Return the records of the void, recusal and plan events in order of the trail; of one kind where it is named."""
    records = [json.loads(line) for line in files.get("RECORDS", b"").splitlines()]
    return [record for record in records if kind in (None, record.get("kind"))]


def disclosure_of(files: Evidence) -> Disclosure:
    """Return whether a round is open or witnessed."""
    settings: dict[str, str] = dict(rows_of(files, "settings.tsv").iter_rows())
    return "open" if settings["disclosure"] == "open" else "witnessed"


def held_of(files: Evidence) -> Held:
    """Return what an attempt says of its round, for planning the rounds to come."""
    serial = parts_of(serial_of(files))
    items = rows_of(files, "plan.tsv").select("task", "item").unique().sort("task", "item")
    by_task = items.group_by("task", maintain_order=True).agg("item").iter_rows()
    return Held(
        number=int(serial.round_text),
        attempt=serial.attempt,
        disclosure=disclosure_of(files),
        is_void=is_void(files),
        items={task: frozenset(rows) for task, rows in by_task},
    )


def drawn_list(files: Evidence) -> bytes:
    """Return the drawn list as the public gets it: task, item, id, sorted by bytes; no stratum, no ticket."""
    return tsv_of(rows_of(files, "drawn.tsv").select("task", "item", "id"))


def replay_digest(files: Evidence) -> str:
    """Return the digest of a drawn attempt's replay (复算摘要), of how the draw left it.

    C and the serial, the head of the trail after the batches (which binds every reveal, the seed and the
    sealed results) and the drawn list as the public gets it: docs/verifying.md.
    """
    last = next(line for line in reversed(read_trail(files["TRAIL"])[0]) if line.event == "batches")
    parts = ("ov1/replay", sha256(files["MANIFEST"]), serial_of(files), sha256(last.text()), sha256(drawn_list(files)))
    return sha256("".join(f"{part}\n" for part in parts))


def replays_of(files: Evidence) -> dict[str, str]:
    """Return witness -> the digest on record."""
    return {one["witness"]: one["digest"] for one in records_of(files, REPLAYED)}


def verifier() -> bytes:
    """Return the source of the stand-alone verifier that goes into every folder."""
    return package_files("onevisit.draw").joinpath("verify.py").read_bytes()


def results_of(frozen: Frozen, seed: str) -> dict[str, bytes]:
    """Draw: return SEED, drawn.tsv and batches.tsv."""
    drawn = draw(frozen, seed)
    return {
        "SEED": f"{seed}\n".encode(),
        "drawn.tsv": tsv_of(drawn),
        "batches.tsv": tsv_of(in_batches(frozen, seed, drawn)),
    }


def substitutes_file(frozen: Frozen, seed: str, codes_file: bytes) -> bytes:
    """Return substitutes.tsv for the losses in CODES. Raises RefusedError (D050-D054)."""
    losses = losses_of(frozen, codes_file)
    # Most rounds lose nobody, and to draw takes long.
    taken = substitutes(frozen, seed, draw(frozen, seed), losses) if losses else []
    return tsv(one.row() for one in taken)


def replay(files: Evidence) -> list[Problem]:
    """Draw again from the frozen files and the reveals, and report everything that is not as the folder says.

    Nothing is reported when everything holds.
    """
    needed = NEEDED if is_void(files) else (*NEEDED, *NEEDED_WHEN_DRAWN)
    problems = [problem("D011", file=name) for name in needed if name not in files] or check_manifest(files)
    if problems:
        return problems
    try:
        frozen, serial = read_frozen(files), serial_of(files)
        again = {"ROOT": f"{merkle_root(files['objects.tsv'])}\n".encode()}
        if is_void(files):
            problems += _void_problems(files, frozen, serial)
        else:
            again |= _replayed(files, frozen, serial)
    except RefusedError as refused:
        return list(refused.problems)
    problems += [problem("D080", file=name) for name, data in again.items() if files.get(name) != data]
    return problems + (_trail_problems(files, frozen) or _replay_problems(files, frozen))


def _void_problems(files: Evidence, frozen: Frozen, serial: str) -> list[Problem]:
    """Report a reveal of a void attempt that does not fit its commit; one that is missing made it void (D041)."""
    if "REVEALS" not in files:
        return []
    problems = check_ceremony(
        frozen,
        commitment=sha256(files["MANIFEST"]),
        serial=serial,
        commits=files.get("COMMITS", b""),
        reveals=files["REVEALS"],
    )
    return [one for one in problems if one.code != "D041"]


def _replayed(files: Evidence, frozen: Frozen, serial: str) -> dict[str, bytes]:
    commitment = sha256(files["MANIFEST"])
    problems = check_ceremony(
        frozen, commitment=commitment, serial=serial, commits=files["COMMITS"], reveals=files["REVEALS"]
    )
    if problems:
        raise RefusedError(problems)
    seed = seed_of(commitment, serial, files["REVEALS"])
    return {**results_of(frozen, seed), "substitutes.tsv": substitutes_file(frozen, seed, files["CODES"])}


def _trail_problems(files: Evidence, frozen: Frozen) -> list[Problem]:
    lines, problems = read_trail(files["TRAIL"])
    if problems:
        return problems
    attempts = attempts_of(lines)
    last = attempts[-1]
    wanted = _expected(files, last, records_before=len(attempts) - 1)
    if [(line.event, line.payload) for line in last] != [(event, sha256(payload)) for event, payload in wanted]:
        problems.append(problem("D063", file="TRAIL"))
    if any(attempt[-1].event != "void" for attempt in attempts[:-1]):
        problems.append(problem("D064", file="TRAIL"))
    if files.get("HEAD") not in (None, f"{head(files['TRAIL'])}\n".encode()):
        problems.append(problem("D080", file="HEAD"))
    return problems + moment_problems(frozen, last, files.get("REVEALS", b""))


def _replay_problems(files: Evidence, frozen: Frozen) -> list[Problem]:
    """Report records of replays that are no witness's, there twice, or not of this evidence (D113)."""
    said = [(one.get("witness"), one.get("digest")) for one in records_of(files, REPLAYED)]
    names = [name for name, _ in said]
    return [
        problem("D113", file="RECORDS", value=str(name))
        for number, (name, digest) in enumerate(said)
        if is_void(files) or name not in frozen.witnesses or name in names[:number] or digest != replay_digest(files)
    ]


def _expected(files: Evidence, last: list[Line], *, records_before: int) -> list[tuple[str, bytes]]:
    """Return the events and payloads the last attempt must consist of; what follows the batches in the order found."""
    wanted = [("freeze", files["MANIFEST"]), ("root", files["ROOT"])]
    for event, name in (("commit", "COMMITS"), ("reveal", "REVEALS")):
        wanted += [(event, line) for line in files.get(name, b"").splitlines(keepends=True)]
    wanted += [
        (event, files[name])
        for event, name in (("seed", "SEED"), ("drawn", "drawn.tsv"), ("batches", "batches.tsv"))
        if name in files
    ]
    records = iter(files.get("RECORDS", b"").splitlines(keepends=True)[records_before:])
    steps = iter(substitute_payloads(files))
    for line in last[len(wanted) :]:
        payload = next(records, None) if line.event in RECORDED else next(steps, None)
        wanted.append((line.event, payload or b""))
    # What the trail does not mention is missing from it.
    return [*wanted, *(("substitute", step) for step in steps), *(("plan", record) for record in records)]


def substitute_payloads(files: Evidence) -> list[bytes]:
    """Return the payload of each substitution: its line of CODES, then its lines of substitutes.tsv."""
    taken = files.get("substitutes.tsv", b"").splitlines(keepends=True)
    return [
        b"".join([line, *(row for row in taken if row.split(b"\t")[0] == line.split(b"\t")[0])])
        for line in files.get("CODES", b"").splitlines(keepends=True)
    ]


def moment_problems(frozen: Frozen, attempt: list[Line], reveals: bytes) -> list[Problem]:
    """Report a source shown before its moment (D044), or a witness who revealed when a source could be known (D045)."""
    names = [line.split("=")[0] for line in lines_of("REVEALS", reveals, [])]
    shown = [line for line in attempt if line.event == "reveal"]
    first = min(frozen.sources.values())
    early = [
        problem("D044", file="TRAIL", row=line.number, value=name)
        for name, line in zip(names, shown, strict=False)
        if name in frozen.sources and line.at < frozen.sources[name]
    ]
    late = [
        problem("D045", file="TRAIL", row=line.number, value=name)
        for name, line in zip(names, shown, strict=False)
        if name not in frozen.sources and line.at >= first
    ]
    return early + late
