"""The proof of who was drawn: what a witness replays, kept in the sealed evidence of the round.

A sitting is what one run drew of a round: `people/NNN/`, a MANIFEST and the files below, all sorted by
bytes. Its digest, that of its MANIFEST, goes into the trail. Who comes later in whose place goes into
`people/CHANGES`, a line a place, each with its own event. Everybody stands in them by commitment.

| file | fields |
| --- | --- |
| `barred.tsv` | visit, department or `-` (any), person: who keeps away by what was told after the freeze |
| `borrowed.tsv` | visit, department, pool, people borrowed from it: teams completed; not there where nobody is |
| `calls.tsv` | visit, 1 if answered in this sitting else 0, task, code: items that need an expert |
| `carried.tsv` | teams, leaders or experts, person, load before the sitting |
| `departments.tsv` | department, its full name: departments of a visit are taken in the order of their names |
| `duties.tsv` | visit, department, 1 if fielded in this sitting else 0, task, item (the plan row), code |
| `earlier.tsv` | serial, sitting, digest: the sittings that the loads carried in come from |
| `groups.tsv` | lot, group, person: fixed groups as dealt |
| `leaders.tsv` | visit, person |
| `seated.tsv` | teams or experts, visit, department or task, person, group or `-`, alternate or `-` |
| `seats.tsv` | lot, visit, place of the visit in the lot's order, ticket, leader 1/0, ticket of the alternate or `-` |
| `steps.tsv` | lot, groups or people, step, visit, slot, candidates, load, who was drawn, ticket |
| `swaps.tsv` | lot, groups or people, chain, swap, visit, who leaves, who comes |
| `visits.tsv` | visit, last day, lead department, task that forced it, fixed groups 1/0, leader drawn now 1/0 |

`seats.tsv` alone is for the public. A ticket there is SHA-256(K|visit|person): it cannot be tied to the same
person's ticket for another visit by anybody who was not shown that person's certificate number and salt.
Neither loads nor numbers of candidates are in it: both would tell who had to keep away.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from onevisit.draw import events
from onevisit.draw.ceremony import key
from onevisit.draw.evidence import CHANGE, CHANGES, SITTING, Evidence, records_of, serial_of
from onevisit.draw.form import sha256, tsv
from onevisit.draw.frozen import LENT_FILE
from onevisit.draw.trail import read_trail
from onevisit.visits.demand import Duty
from onevisit.visits.experts import Call
from onevisit.visits.lots import ticket, turn
from onevisit.visits.staff import NONE, Staff
from onevisit.visits.standing import object_of
from onevisit.visits.told import Drawing

Place = tuple[str, str, str]
"""teams or experts; visit as tickets name it; department's key or task."""

Seated = dict[Place, dict[str, str]]
"""Place -> who sits there -> the alternate, `-` for none."""

Change = tuple[str, str, str, str, str, str]
"""Kind, visit, department or task, who sat (`-` in a new place), who sits there from now on, and who waits."""


@dataclass(frozen=True, slots=True)
class DrawnPeople:
    """What one run of the visits stage drew, and from what; over all rounds of the year."""

    visits: pl.DataFrame
    """Table `visits.visits`, with `task_id` of the plan row that forced each."""
    obligations: pl.DataFrame
    staff: Mapping[str, Staff]
    grouped: AbstractSet[str]
    duties: Sequence[Duty]
    """Every duty."""
    open_duties: Sequence[Duty]
    """Those that had no team, with who could still come."""
    open_calls: Sequence[Call]
    """Calls for experts that nobody had answered."""
    teams: Sequence[Mapping[str, Any]]
    """Seats drawn now."""
    experts: Sequence[Mapping[str, Any]]
    leaders: Mapping[str, str]
    """Visit -> leader drawn now."""
    told: Sequence[Drawing]
    seeds: Mapping[str, str]
    department_keys: Mapping[str, str]

    def serials(self) -> list[str]:
        """Return the rounds in which anybody was drawn."""
        drawn = {str(row["visit_id"]) for row in (*self.teams, *self.experts)} | set(self.leaders)
        return sorted(set(self.visits.filter(pl.col("visit_id").is_in(sorted(drawn)))["serial"]))


@dataclass(slots=True)
class Acts:
    """What is to be added to a round's evidence, in this order."""

    left: list[Change] = field(default_factory=list[Change])
    sitting: dict[str, bytes] = field(default_factory=dict[str, bytes])
    renewed: list[Change] = field(default_factory=list[Change])


def acts_of(
    files: Evidence,
    serial: str,
    drawn: DrawnPeople,
    *,
    now: Seated,
    replaced: Mapping[tuple[Place, str], str],
    earlier: Iterable[tuple[str, str, str]],
) -> Acts:
    """Return what a round's evidence does not hold yet.

    Args:
        files: the evidence of the round.
        serial: the round.
        drawn: what this run drew.
        now: everybody who sits in a visit of the round by now.
        replaced: place and newcomer -> whom the newcomer replaces.
        earlier: serial, number and digest of every sitting of the year so far.
    """
    acts = Acts()
    fresh: Seated = {}
    if serial in drawn.serials():
        sitting = _Sitting(serial, drawn)
        made = sitting.files(files, earlier)
        last = f"people/{len(records_of(files, SITTING)):03d}/"
        # A run that was cut short after it wrote the evidence draws the same again.
        if any(made[name] != files.get(f"{last}{name}") for name in ("leaders.tsv", "seated.tsv")):
            acts.sitting, fresh = made, sitting.seated
    stays = {place: seats for place, seats in now.items() if place not in fresh}
    acts.left = list(_changes(seated_in(files), stays, replaced))
    acts.renewed = list(_changes(fresh, now, replaced))
    return acts


def proven(
    standing: Mapping[str, Evidence], drawn: DrawnPeople, seats: Collection[pl.DataFrame], *, secret: str, at: str
) -> Iterator[tuple[str, Evidence]]:
    """Yield the rounds whose evidence does not say everything yet, serial and the evidence that does.

    Args:
        standing: serial -> evidence of every round that was drawn.
        drawn: what this run drew.
        seats: every seat of teams and of experts by now, with its alternate.
        secret: the year's secret.
        at: now, ISO 8601.
    """
    keys, told = drawn.department_keys, dict(standing)
    for serial, files in standing.items():
        acts = acts_of(
            files,
            serial,
            drawn,
            now={place: there for one in seats for place, there in seated_of(one, serial, keys).items()},
            replaced={pair: left for one in seats for pair, left in replaced_in(one, serial, keys).items()},
            earlier=[sitting for other in told.values() for sitting in digests_of(other)],
        )
        after = with_acts(files, acts, secret=secret, at=at)
        if after != files:
            told[serial] = after
            yield serial, after


def with_acts(files: Evidence, acts: Acts, *, secret: str, at: str) -> Evidence:
    """Return a round's evidence with what was done, each act an event of its trail; never before its last one."""
    at = max(at, read_trail(files["TRAIL"])[0][-1].at) if files["TRAIL"] else at

    def changed(files: Evidence, changes: Iterable[Change]) -> Evidence:
        for change in changes:
            number = files.get(CHANGES, b"").count(b"\n") + 1
            files = events.replace_person(files, change_line(number, change, secret=secret), at=at)
        return files

    files = changed(files, acts.left)
    if acts.sitting:
        files = events.seat_people(files, acts.sitting, at=at)
    return changed(files, acts.renewed)


def digests_of(files: Evidence) -> list[tuple[str, str, str]]:
    """Return serial, number and digest of every sitting in a round's evidence."""
    serial = serial_of(files)
    return [(serial, str(number), one["digest"]) for number, one in enumerate(records_of(files, SITTING), start=1)]


def with_tasks(visits: pl.DataFrame, tasks: pl.DataFrame) -> pl.DataFrame:
    """Return visits with the task of the plan row that forced each."""
    task_of_row = tasks.explode("plan_rows", empty_as_null=True).select("task_id", opened_by="plan_rows")
    return visits.join(task_of_row, on="opened_by", how="left")


def seated_in(files: Evidence) -> Seated:
    """Return who sits where by a round's evidence; nobody where a team was drawn and none is left."""
    seated: Seated = {}
    changes = iter(_rows(files.get(CHANGES, b"")))
    sittings = 0
    for record in records_of(files):
        if record.get("kind") == SITTING:
            sittings += 1
            for kind, visit, unit, name, _, alternate in _rows(files[f"people/{sittings:03d}/seated.tsv"]):
                seated.setdefault((kind, visit, unit), {})[name] = alternate
        elif record.get("kind") == CHANGE:
            _, kind, visit, unit, name, there, alternate, _ = next(changes)
            seats = seated[kind, visit, unit]
            seats.pop(name, None)
            if there != NONE:
                seats[there] = alternate
    return seated


def seated_of(seats: pl.DataFrame, serial: str, department_keys: Mapping[str, str]) -> Seated:
    """Return who sits where in a round by a table of seats with their alternates."""
    found: Seated = {}
    for row in _of_round(seats, serial):
        found.setdefault(_place(row, department_keys), {})[row["commitment"]] = row["alternate"] or NONE
    return found


def replaced_in(seats: pl.DataFrame, serial: str, department_keys: Mapping[str, str]) -> dict[tuple[Place, str], str]:
    """Return whom every newcomer of a round replaces."""
    return {
        (_place(row, department_keys), row["commitment"]): row["replaces"]
        for row in _of_round(seats, serial)
        if row["replaces"]
    }


def change_line(number: int, change: Change, *, secret: str) -> bytes:
    """Return a line of CHANGES. Its salt keeps the digest in the trail from being guessed."""
    salt = sha256("|".join((secret, "change", str(number), *change)))[:32]
    return ("\t".join((str(number), *change, salt)) + "\n").encode()


def _changes(before: Seated, after: Seated, replaced: Mapping[tuple[Place, str], str]) -> Iterator[Change]:
    for place, seats in sorted(before.items()):
        there = after.get(place, {})
        came = {replaced.get((place, name), name): name for name in sorted(there) if name not in seats}
        for name, alternate in sorted(seats.items()):
            now = name if name in there else came.pop(name, NONE)
            if (now, there.get(now, NONE)) != (name, alternate):
                yield (*place, name, now, there.get(now, NONE))
        # A team that nobody could make legal any more may be made so later.
        yield from ((*place, NONE, now, there[now]) for _, now in sorted(came.items()))


class _Sitting:
    """What was drawn of one round in one run."""

    def __init__(self, serial: str, drawn: DrawnPeople) -> None:
        self.serial = serial
        self.drawn = drawn
        self.seed = drawn.seeds[serial]
        self.told = [one for one in drawn.told if one.serial == serial]
        self.leaders = {_visit(one): name for one, name in drawn.leaders.items() if self._is_own(one)}
        self.groups: dict[tuple[Place, str], str] = {}
        self.lenders: dict[Place, str] = {}
        self.seated: Seated = {}
        for row in (*drawn.teams, *drawn.experts):
            if self._is_own(row["visit_id"]):
                place = _place(row, drawn.department_keys)
                self.seated.setdefault(place, {})[row["commitment"]] = row["alternate"] or NONE
                self.groups[place, row["commitment"]] = str(row.get("group_no") or NONE)
                if row.get("lender"):
                    self.lenders[place] = str(row["lender"])

    def files(self, files: Evidence, earlier: Iterable[tuple[str, str, str]]) -> dict[str, bytes]:
        """Return the files of the sitting, MANIFEST among them."""
        duties = [one for one in self.drawn.duties if one.serial == self.serial]
        open_duties = {(one.visit_id, one.department): one for one in self.drawn.open_duties}
        own = {one.visit_id for one in duties if (one.visit_id, one.department) in open_duties}
        own |= {one.visit_id for one in self.drawn.open_calls if one.serial == self.serial}
        own |= {one for one in self.drawn.leaders if self._is_own(one)}
        made = {
            "barred.tsv": tsv(set(self._barred(files, [one for one in duties if one.visit_id in own], open_duties))),
            "calls.tsv": tsv(set(self._calls(own))),
            "carried.tsv": tsv(self._carried()),
            "departments.tsv": tsv((short, name) for name, short in self.drawn.department_keys.items()),
            "duties.tsv": tsv(set(self._duties(own, open_duties))),
            "earlier.tsv": tsv(earlier),
            "groups.tsv": tsv(
                (one.lot, str(group.number), person.name)
                for one in self.told
                for group in one.groups
                for person in group.people
            ),
            "leaders.tsv": tsv(self.leaders.items()),
            "seated.tsv": tsv(
                (*place, name, self.groups[place, name], alternate)
                for place, seats in self.seated.items()
                for name, alternate in seats.items()
            ),
            "seats.tsv": tsv(self._seats()),
            "steps.tsv": tsv(self._steps()),
            "swaps.tsv": tsv(self._swaps()),
            "visits.tsv": tsv(self._visits(own)),
        }
        if borrowed := tsv(set(self._borrowed(open_duties.values()))):
            made["borrowed.tsv"] = borrowed
        manifest = "".join(f"{sha256(data)}  {name}\n" for name, data in sorted(made.items()))
        return {**made, "MANIFEST": manifest.encode()}

    def _is_own(self, visit_id: str) -> bool:
        return visit_id.partition("-")[0] == self.serial.split("-")[2]

    def _barred(
        self, files: Evidence, duties: Iterable[Duty], open_duties: Mapping[tuple[str, str], Duty]
    ) -> Iterator[tuple[str, str, str]]:
        frozen = {tuple(row) for row in _rows(files["recusals.tsv"])}
        known = {row[1] for row in _rows(files["people.tsv"])} | {row[0] for row in _rows(files["experts.tsv"])}
        known |= {row[4] for row in _rows(files.get(LENT_FILE, b""))}
        told: dict[str, list[str]] = {}
        for name, objects in self.drawn.staff[self.serial].avoided.items():
            for one in objects if name in known else ():
                if (name, one) not in frozen:
                    told.setdefault(one, []).append(name)
        for duty in duties:
            yield from ((duty.visit, NONE, name) for name in told.get(object_of(duty.visit_id), ()))
            fielded = open_duties.get((duty.visit_id, duty.department), duty)
            may_come = set(_names(fielded))
            department = self.drawn.department_keys[duty.department]
            yield from ((duty.visit, department, name) for name in _names(duty) if name not in may_come)

    def _borrowed(self, open_duties: Iterable[Duty]) -> Iterator[tuple[str, ...]]:
        for one in open_duties:
            if one.lender and one.serial == self.serial:
                yield one.visit, self.drawn.department_keys[one.department], one.lender.name, str(one.lent)

    def _duties(self, own: AbstractSet[str], open_duties: Mapping[tuple[str, str], Duty]) -> Iterator[tuple[str, ...]]:
        asked = set(self.drawn.staff[self.serial].demands["code"])
        for visit_id, department, task, item, code in self._owed(own).iter_rows():
            if code in asked:
                is_open = str(int((visit_id, department) in open_duties))
                yield _visit(visit_id), self.drawn.department_keys[department], is_open, task, item, code

    def _calls(self, own: AbstractSet[str]) -> Iterator[tuple[str, ...]]:
        needing = set(self.drawn.staff[self.serial].demands.filter("expert")["code"])
        waiting = {(one.visit_id, one.task_id) for one in self.drawn.open_calls}
        for visit_id, _, task, _, code in self._owed(own).iter_rows():
            if code in needing:
                yield _visit(visit_id), str(int((visit_id, task) in waiting)), task, code

    def _owed(self, own: AbstractSet[str]) -> pl.DataFrame:
        return self.drawn.obligations.filter(pl.col("visit_id").is_in(sorted(own))).select(
            "visit_id", "department", "task_id", "plan_row_id", "item_code"
        )

    def _visits(self, own: AbstractSet[str]) -> Iterator[tuple[str, ...]]:
        rows = self.drawn.visits.filter(pl.col("visit_id").is_in(sorted(own)))
        for visit_id, last, lead, task in rows.select("visit_id", "ends_on", "lead_department", "task_id").iter_rows():
            flags = (str(int(visit_id in those)) for those in (self.drawn.grouped, self.drawn.leaders))
            yield _visit(visit_id), last.isoformat(), self.drawn.department_keys[lead], task, *flags

    def _carried(self) -> Iterator[tuple[str, str, str]]:
        kinds: set[str] = set()
        for one in self.told:
            if one.kind not in kinds:
                yield from ((one.kind, name, str(load)) for name, load in one.start.items() if load)
            kinds.add(one.kind)

    def _steps(self) -> Iterator[tuple[str, ...]]:
        for one in self.told:
            lot_key = key(self.seed, one.lot)
            for number, step in enumerate(one.account.steps, start=1):
                numbers = (str(step.slot), str(step.candidates), str(step.load))
                drawn = ticket(lot_key, step.visit, step.chosen)
                yield one.lot, _stage(one), str(number), step.visit, *numbers, step.chosen, drawn

    def _swaps(self) -> Iterator[tuple[str, ...]]:
        for one in self.told:
            for number, chain in enumerate(one.account.chains, start=1):
                for place, swap in enumerate(chain, start=1):
                    yield one.lot, _stage(one), str(number), str(place), *swap

    def _seats(self) -> Iterator[tuple[str, ...]]:
        pool = self.serial.partition("-")[0]
        by_lot: dict[str, dict[str, Place]] = {}
        for place in self.seated:
            kind, visit, unit = place
            lot = f"teams/{self.lenders.get(place, pool)}/{unit}" if kind == "teams" else f"experts/{unit}"
            by_lot.setdefault(lot, {})[visit] = place
        for lot, places in by_lot.items():
            lot_key = key(self.seed, lot)
            for order, visit in enumerate(sorted(places, key=lambda one: turn(lot_key, one)), start=1):
                for name, alternate in self.seated[places[visit]].items():
                    is_leader = places[visit][0] == "teams" and self.leaders.get(visit) == name
                    waits = NONE if alternate == NONE else ticket(lot_key, visit, alternate)
                    yield lot, visit, str(order), ticket(lot_key, visit, name), str(int(is_leader)), waits


def _names(duty: Duty) -> Iterator[str]:
    """Yield who may come, of the department and of every pool."""
    yield from (one.name for one in duty.people)
    yield from (one.name for pool in duty.pools for one in pool.people)


def _stage(drawing: Drawing) -> str:
    return "groups" if drawing.groups else "people"


def _visit(visit_id: str) -> str:
    """Return a visit as tickets name it, without the round."""
    return visit_id.partition("-")[2]


def _place(row: Mapping[str, Any], department_keys: Mapping[str, str]) -> Place:
    if "department" in row:
        return "teams", _visit(row["visit_id"]), department_keys[row["department"]]
    return "experts", _visit(row["visit_id"]), row["task_id"]


def _of_round(seats: pl.DataFrame, serial: str) -> Iterator[dict[str, Any]]:
    return seats.filter(pl.col("visit_id").str.starts_with(f"{serial.split('-')[2]}-")).iter_rows(named=True)


def _rows(data: bytes) -> list[list[str]]:
    return [line.split("\t") for line in data.decode().splitlines()]
