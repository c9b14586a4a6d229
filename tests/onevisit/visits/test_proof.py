"""The proof of who was drawn: the stand-alone verifier, which shares no code, draws the same people again."""

import datetime as dt
import random
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onevisit.draw import verify
from onevisit.draw.demonstration import hold
from onevisit.draw.disclosure import public_files
from onevisit.draw.evidence import records_of, replay, replay_digest, rows_of, serial_of
from onevisit.draw.form import sha256, tsv
from onevisit.draw.trail import head
from onevisit.tables import frame_of
from onevisit.visits.borrowing import completed, lent_seats
from onevisit.visits.demand import duties_of
from onevisit.visits.experts import assigned_experts, calls_of, expert_posts
from onevisit.visits.leaders import leaders_of, with_leaders
from onevisit.visits.lots import commitment, ticket
from onevisit.visits.proof import Acts, DrawnPeople, acts_of, digests_of, replaced_in, seated_in, seated_of, with_acts
from onevisit.visits.staff import read_staff
from onevisit.visits.standing import EXPERTS, TEAMS, after_recusals, kept, loads_of, open_duties, renewed
from onevisit.visits.tables import Obligations, Visits
from onevisit.visits.teams import team_posts, teams_of
from onevisit.visits.told import Drawing
from tests.onevisit.draw.browser import answers
from tests.onevisit.draw.samples import OPEN, ROWS, SCRIPT, WITNESSED, objects, signed, write
from tests.onevisit.draw.test_recipe import needs_tools, run

Files = dict[str, bytes]
SALT = "salt"
NAMES = [sha256(f"person {number}") for number in range(11)]
LENT = [sha256(f"lent {number}") for number in range(6)]
EVERYBODY = NAMES + LENT
WISE = [sha256(f"expert {number}") for number in range(5)]
DEPARTMENTS = {"wj": "县卫生健康局", "ga": "县公安局"}
KEYS = {name: short for short, name in DEPARTMENTS.items()}
ITEMS = {
    "P-1": (("T001", "wj", "WJ-001", 1, "-"), ("T001", "ga", "GA-001", 0, "特种设备")),
    "P-2": (("T001", "wj", "WJ-002", 1, "-"),),
    "P-3": (("T002", "wj", "WJ-001", 1, "-"), ("T002", "ga", "GA-002", 0, "-")),
    "P-4": (("T003", "ga", "GA-002", 0, "-"), ("T003", "wj", "WJ-003", 1, "-")),
}
FIELDS = ("旅馆", "游泳馆", "锅炉")
TASKS = pl.DataFrame({"task_id": ["T001", "T002", "T003"], "plan_rows": [["P-1", "P-2"], ["P-3"], ["P-4"]]})
AT = "2027-03-05T09:00:00+08:00"


def staff_files(chance: random.Random) -> Files:
    """Frozen lists of people, by lot: who is in which department, checks what, and keeps away from whom."""
    demands = {
        (task, item, code, department, "2", str(expert), wanted)
        for item, parts in ITEMS.items()
        for task, department, code, expert, wanted in parts
    }
    people: set[tuple[str, ...]] = set()
    trained = {name for name in NAMES if chance.random() < 0.5}
    for name in NAMES:
        last = chance.choice(["2027-12-31", "2027-12-31", "2027-03-20"])
        for department in DEPARTMENTS:
            codes = sorted({one[2] for one in demands if one[3] == department})
            if chance.random() < 0.65:
                for code in chance.sample(codes, chance.randint(1, len(codes))):
                    people.add((department, name, code, str(int(code != "GA-001" or name in trained)), last))
    lent = {
        (rank, pool, most, department, name, code, str(int(code != "GA-001" or chance.random() < 0.7)), "2027-12-31")
        for rank, pool, most, those in (("1", "蓬溪县", chance.choice("-2"), LENT[:4]), ("2", "射洪市", "-", LENT[4:]))
        for name in those
        for department in [chance.choice(sorted(DEPARTMENTS))]
        for code in sorted({one[2] for one in demands if one[3] == department})
        if chance.random() < 0.8
    }
    ids = [f"DY-{number:010d}" for number in range(7, 60, 7)] + objects(60)["object_id"].to_list()
    return {
        "demands.tsv": tsv(demands),
        "people.tsv": tsv(people),
        **({"lent.tsv": tsv(lent)} if chance.random() < 0.8 else {}),
        "experts.tsv": tsv({(name, one) for name in WISE for one in chance.sample(FIELDS, 2)}),
        "fields.tsv": tsv(
            {
                (code, one, chance.choice(FIELDS))
                for code in ("WJ-001", "WJ-002", "WJ-003")
                for one in set(ids)
                if chance.random() < 0.8
            }
        ),
        "recusals.tsv": tsv({(chance.choice(EVERYBODY + WISE), one) for one in set(ids) if chance.random() < 0.4}),
    }


@dataclass
class Year:
    """A round with its visits, and what the sealed logs would hold."""

    files: Files
    visits: pl.DataFrame
    obligations: pl.DataFrame
    grouped: frozenset[str]
    carried: dict[str, int]
    teams: pl.DataFrame = field(default_factory=lambda: TEAMS.seats([]))
    experts: pl.DataFrame = field(default_factory=lambda: EXPERTS.seats([]))
    logs: tuple[str, str] = ("", "")
    """The sealed logs of teams and experts."""
    late: dict[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    gone: frozenset[str] = frozenset()


def drawn_round(number: int, *, is_open: bool = True) -> Year:
    """Draw businesses; one visit each, some in fixed groups, some until an early day."""
    chance = random.Random(number)  # noqa: S311
    one = OPEN if is_open else WITNESSED
    files = hold(
        SCRIPT,
        signed(ROWS),
        one,
        objects=objects(60),
        history=b"",
        staff=staff_files(chance),
        is_void=False,
        earlier=None,
    )
    serial, round_text = serial_of(files), serial_of(files).split("-")[2]
    owed = [
        {
            "object_id": object_id,
            "serial": serial,
            "task_id": task,
            "plan_row_id": item,
            "department": DEPARTMENTS[department],
            "item_code": code,
            "visit_id": f"{round_text}-{object_id}-01",
            "is_on_site": True,
        }
        for task, item, object_id in rows_of(files, "drawn.tsv").select("task", "item", "id").iter_rows()
        for _, department, code, _, _ in ITEMS[item]
    ]
    by_visit = {row["visit_id"]: row for row in owed}
    visits = [
        {
            "visit_id": visit,
            "serial": serial,
            "object_id": row["object_id"],
            "ends_on": chance.choice([dt.date(2027, 3, 25), dt.date(2027, 3, 15)]),
            "opened_by": row["plan_row_id"],
            "lead_department": row["department"],
        }
        for visit, row in sorted(by_visit.items())
    ]
    grouped = frozenset(visit for visit in by_visit if chance.random() < 0.3)
    carried = {name: chance.randint(0, 4) for name in EVERYBODY + WISE if chance.random() < 0.5}
    frame = frame_of(Visits, visits).join(
        TASKS.explode("plan_rows").rename({"plan_rows": "opened_by"}), on="opened_by", how="left"
    )
    return Year(files, frame, frame_of(Obligations, owed), grouped, carried)


def matched(year: Year) -> Year:
    """Match people as a run of the visits stage does; the evidence gets what is new."""
    serial = serial_of(year.files)
    ids = {name: name for name in EVERYBODY + WISE}
    staff = {serial: read_staff(year.files, departments=DEPARTMENTS, ids=ids, avoided=year.late)}
    seeds = {serial: year.files["SEED"].decode().strip()}
    present = frozenset(EVERYBODY + WISE) - year.gone
    met = {"visits": year.visits, "obligations": year.obligations, "staff": staff}
    duties, calls = duties_of(**met), calls_of(**met)
    reasons = {(name, one): "回避" for name, those in year.late.items() for one in those}
    lots: dict[str, Any] = {"seeds": seeds, "pool": "510923", "department_keys": KEYS}
    told: list[Drawing] = []

    before, before_experts = TEAMS.read(year.logs[0]), EXPERTS.read(year.logs[1])
    posts = team_posts(duties, staff, present=present, **lots)
    due = {(duty.visit_id, duty.department) for duty in duties}
    stands = after_recusals(kept(before, TEAMS, due, ids), TEAMS, posts, reasons)
    waiting = completed(open_duties(duties, stands, before, present), lent_seats(stands))
    carried = {name: year.carried.get(name, 0) + loads_of(stands).get(name, 0) for name in EVERYBODY}
    rows = teams_of(waiting, staff, grouped=year.grouped, carried=carried, told=told, **lots)
    seats = renewed(pl.concat([TEAMS.seats(rows), stands]), TEAMS, posts).drop("is_leader")
    led = stands.filter("is_leader").select("visit_id", "commitment")
    unled = year.visits.drop("task_id").join(led, on="visit_id", how="anti")
    leaders = leaders_of(seats.filter(pl.col("lender").is_null()), unled, TASKS, seeds, year.carried, told=told)
    teams = with_leaders(seats, pl.concat([led, leaders]))

    expert_post = expert_posts(calls, staff, seeds, present)
    called = {(call.visit_id, call.task_id) for call in calls}
    answered = after_recusals(kept(before_experts, EXPERTS, called, ids), EXPERTS, expert_post, reasons)
    standing = set(answered.select(EXPERTS.unit).iter_rows())
    open_calls = [call for call in calls if (call.visit_id, call.task_id) not in standing]
    new = assigned_experts(open_calls, seeds, year.carried, told=told)
    experts = renewed(pl.concat([EXPERTS.seats(new), answered]), EXPERTS, expert_post)

    drawn = DrawnPeople(
        visits=year.visits,
        obligations=year.obligations,
        staff=staff,
        grouped=year.grouped,
        duties=duties,
        open_duties=waiting,
        open_calls=open_calls,
        teams=rows,
        experts=new,
        leaders=dict(leaders.iter_rows()),
        told=told,
        seeds=seeds,
        department_keys=KEYS,
    )
    acts = acts_of(
        year.files,
        serial,
        drawn,
        now={**seated_of(teams, serial, KEYS), **seated_of(experts, serial, KEYS)},
        replaced={**replaced_in(teams, serial, KEYS), **replaced_in(experts, serial, KEYS)},
        earlier=digests_of(year.files),
    )
    files = dict(with_acts(year.files, acts, secret=SALT, at=AT))
    logs = (
        year.logs[0] + TEAMS.new_lines(teams, before),
        year.logs[1] + EXPERTS.new_lines(experts, before_experts),
    )
    return replace(year, files=files, teams=teams, experts=experts, logs=logs)


def told_by(files: Files, minutes: str = "") -> str:
    """What the verifier says; why it refuses, where it does."""
    try:
        return "\n".join(verify.verify(verify.Folder(dict(files)), minutes))
    except verify.RefusedError as error:
        return f"REFUSED {error}"


@settings(max_examples=60, deadline=None)
@given(number=st.integers(0, 10**9), is_open=st.booleans())
def test_the_verifier_draws_the_same_people_again(number: int, is_open: bool) -> None:
    year = matched(drawn_round(number, is_open=is_open))
    assert "REFUSED" not in told_by(year.files)
    assert replay(year.files) == []


@settings(max_examples=60, deadline=None)
@given(number=st.integers(0, 10**9))
def test_who_keeps_away_later_moves_places_and_every_one_is_in_the_trail(number: int) -> None:
    year = matched(drawn_round(number))
    chance = random.Random(number)  # noqa: S311
    for _ in range(3):
        seats = [*year.teams.iter_rows(named=True), *year.experts.iter_rows(named=True)]
        for row in chance.sample(seats, min(2, len(seats))):
            one = row["commitment"]
            year.late[one] = year.late.get(one, frozenset()) | {row["visit_id"][3:-3]}
        year = matched(replace(year, gone=year.gone | {chance.choice(EVERYBODY)}))
        assert "REFUSED" not in told_by(year.files)
        assert replay(year.files) == []
        serial = serial_of(year.files)
        now = {**seated_of(year.teams, serial, KEYS), **seated_of(year.experts, serial, KEYS)}
        assert {place: seats for place, seats in seated_in(year.files).items() if seats} == now
        assert matched(year).files == year.files


@cache
def rich() -> int:
    """The number of a round that holds everything there is to prove; the seed depends on the frozen verifier."""
    manifold = ("groups.tsv", "leaders.tsv", "seated.tsv", "seats.tsv", "steps.tsv", "swaps.tsv")
    for number in range(1000):
        files = matched(drawn_round(number)).files
        has_many = all(files[f"people/001/{name}"].count(b"\n") > 1 for name in manifold)
        if has_many and "people/001/borrowed.tsv" in files and b"experts\t" in files["people/001/seated.tsv"]:
            return number
    raise AssertionError("no round holds everything")


@cache
def sample() -> Year:
    """A round with groups, swaps, leaders, experts, loads carried in, and places that changed later."""
    year = matched(drawn_round(rich()))
    first = year.teams.row(0, named=True)
    year.late[first["commitment"]] = frozenset({first["visit_id"][3:-3]})
    return matched(year)


def test_the_sample_holds_everything_there_is_to_prove() -> None:
    files = sample().files
    assert all(
        files[f"people/001/{name}"]
        for name in ("groups.tsv", "swaps.tsv", "leaders.tsv", "carried.tsv", "borrowed.tsv")
    )
    assert b"experts\t" in files["people/001/seated.tsv"]
    assert files["people/CHANGES"]
    assert "replayed step by step" in told_by(files)


def test_a_change_in_any_line_about_people_is_refused() -> None:
    files = sample().files
    for name in sorted(one for one in files if one.startswith("people/")):
        lines = files[name].split(b"\n")[:-1]
        for number, line in enumerate(lines):
            flipped = bytes([line[-1] ^ 1])
            changes = {
                "a flipped bit": [line[:-1] + flipped],
                "a line less": [],
                "a line twice": [line, line],
            }
            for what, instead in changes.items():
                other = b"".join(one + b"\n" for one in (*lines[:number], *instead, *lines[number + 1 :]))
                assert "REFUSED" in told_by(files | {name: other}), (name, number, what)


def test_a_missing_or_surplus_file_about_people_is_refused() -> None:
    files = sample().files
    for name in sorted(one for one in files if one.startswith("people/")):
        assert "REFUSED" in told_by({key: data for key, data in files.items() if key != name}), name
    assert "REFUSED" in told_by(files | {"people/009/seats.tsv": b""})


def rebound(files: Files, name: str, data: bytes) -> Files:
    """A folder whose bureau wrote a file of the first sitting otherwise, and bound that in the trail."""
    sitting = {key[11:]: value for key, value in files.items() if key.startswith("people/001/")} | {name: data}
    manifest = "".join(f"{sha256(value)}  {key}\n" for key, value in sorted(sitting.items()) if key != "MANIFEST")
    acts = Acts(sitting=sitting | {"MANIFEST": manifest.encode()})
    return dict(with_acts(drawn_round(rich()).files, acts, secret=SALT, at=AT))


@pytest.mark.parametrize("name", ["seated.tsv", "seats.tsv", "steps.tsv", "swaps.tsv", "groups.tsv", "leaders.tsv"])
def test_a_result_that_the_lot_does_not_give_is_refused_with_its_file_and_line(name: str) -> None:
    data = matched(drawn_round(rich())).files[f"people/001/{name}"]
    lines = data.split(b"\n")[:-1]
    assert len(lines) > 1
    wrong = b"".join(one + b"\n" for one in (*lines[:1], *lines[2:]))
    assert "REFUSED" not in told_by(rebound(dict(matched(drawn_round(rich())).files), name, data))
    found = told_by(rebound(dict(matched(drawn_round(rich())).files), name, wrong))
    assert f"people/001/{name}" in found
    assert "line 2 " in found


@cache
def lending() -> Year:
    """A round in which a pool completes a team."""
    years = (matched(drawn_round(number)) for number in range(100))
    return next(year for year in years if year.teams["lender"].drop_nulls().len() > 1)


def test_a_pool_completes_a_team_beside_its_own_and_never_leads() -> None:
    teams = lending().teams
    units = teams.group_by("visit_id", "department").agg(lent=pl.col("lender").count(), seats=pl.len())
    assert units.filter(pl.col("lent") == pl.col("seats")).is_empty()
    assert teams.filter("is_leader", pl.col("lender").is_not_null()).is_empty()
    said = told_by(lending().files)
    assert "REFUSED" not in said
    assert "seats lent by pools" in said


def test_whoever_is_lent_and_keeps_away_later_is_replaced_by_the_alternate_lent_by_the_same_pool() -> None:
    for number in range(200):
        year = matched(drawn_round(number))
        left = year.teams.filter(pl.col("lender").is_not_null() & pl.col("alternate").is_not_null())
        if left.is_empty():
            continue
        row = left.row(0, named=True)
        year.late[row["commitment"]] = frozenset({row["visit_id"][3:-3]})
        after = matched(year)
        came = after.teams.filter(replaces=row["commitment"]).row(0, named=True)
        assert (came["commitment"], came["lender"]) == (row["alternate"], row["lender"])
        assert "REFUSED" not in told_by(after.files)
        return
    pytest.fail("nobody lent had an alternate")


@pytest.mark.parametrize("change", ["pool", "number", "surplus", "gone"])
def test_a_borrowing_that_the_frozen_lists_do_not_ask_for_is_refused(change: str) -> None:
    number = next(n for n in range(100) if len(matched(drawn_round(n)).teams["lender"].drop_nulls()) > 1)
    year = matched(drawn_round(number))
    name = "people/001/borrowed.tsv"
    rows = [line.split("\t") for line in year.files[name].decode().splitlines()]
    if change == "pool":
        rows[0][2] = "别的县"
    elif change == "number":
        rows[0][3] = "2"
    elif change == "surplus":
        rows.append(["DY-0000000000-01", *rows[0][1:]])
    else:
        rows = rows[1:]
    sitting = {key[11:]: value for key, value in year.files.items() if key.startswith("people/001/")}
    sitting["borrowed.tsv"] = tsv(tuple(row) for row in rows)
    manifest = "".join(f"{sha256(value)}  {key}\n" for key, value in sorted(sitting.items()) if key != "MANIFEST")
    acts = Acts(sitting=sitting | {"MANIFEST": manifest.encode()})
    assert "REFUSED" in told_by(dict(with_acts(drawn_round(number).files, acts, secret=SALT, at=AT)))


def test_the_digest_of_the_draw_is_what_it_was_before_anybody_was_sent() -> None:
    before, after = drawn_round(rich()).files, sample().files
    assert replay_digest(before) == replay_digest(after)
    assert not records_of(before, "teams")
    assert records_of(after, "teams")
    assert records_of(after, "replaced")


@pytest.mark.parametrize("is_open", [True, False])
def test_the_public_sees_seats_by_ticket_and_nobody_twice(is_open: bool) -> None:
    files = matched(drawn_round(rich(), is_open=is_open)).files
    day = dt.date(2027, 4, 1)
    shown = public_files(
        files, disclosure="open" if is_open else "witnessed", locked_until=dt.date(2027, 3, 3), today=day
    )
    about = sorted(name for name in shown if name.startswith("people/"))
    assert about == ["people/001/MANIFEST", "people/001/seats.tsv"]
    everything = b"".join(shown.values()).decode()
    assert not any(name in everything for name in NAMES + WISE)
    tickets = [line.split("\t")[3] for line in shown["people/001/seats.tsv"].decode().splitlines()]
    assert len(tickets) == len(set(tickets))
    assert "REFUSED" not in told_by(shown)
    lines = shown["people/001/seats.tsv"].splitlines(keepends=True)
    assert "REFUSED" in told_by(shown | {"people/001/seats.tsv": b"".join(lines[1:])})


def test_the_page_replays_the_draw_beside_files_about_people_and_leaves_them_unchecked() -> None:
    files = sample().files
    shown = public_files(files, disclosure="open", locked_until=dt.date(2027, 3, 3), today=dt.date(2027, 4, 1))
    for answer in answers([{"files": files, "head": ""}, {"files": shown, "head": ""}]):
        assert answer["holds"], answer
        assert answer["digest"] == replay_digest(files)
        assert not any(name.startswith("people/") for name in answer["checked"])


@needs_tools
def test_the_recipe_replays_the_draw_beside_files_about_people(tmp_path: Path) -> None:
    done = run(write(tmp_path / "draw", sample().files))
    assert (done.returncode, done.stderr) == (0, "")
    assert f"REPLAY {replay_digest(sample().files)}" in done.stdout


def test_before_the_windows_open_nothing_about_people_is_public() -> None:
    files = matched(drawn_round(rich())).files
    shown = public_files(files, disclosure="open", locked_until=dt.date(2027, 3, 3), today=dt.date(2027, 3, 2))
    assert not any(name.startswith("people/") for name in shown)


def test_a_business_that_is_shown_a_number_and_its_salt_finds_the_seat() -> None:
    files = matched(drawn_round(rich())).files
    lot, visit, _, seat, *_ = files["people/001/seats.tsv"].decode().splitlines()[0].split("\t")
    key = verify.key_of(files["SEED"].decode().strip(), lot)
    names = [line.split("\t")[3] for line in files["people/001/seated.tsv"].decode().splitlines()]
    assert seat in {ticket(key, visit, name) for name in names}
    number = "51092300001"
    salt = sha256(f"{SALT}|salt|{number}")[:32]
    assert commitment(SALT, number) == sha256(f"{salt}|{number}")


def test_minutes_signed_before_anybody_was_sent_hold_for_ever() -> None:
    assert "REFUSED" not in told_by(sample().files, head(drawn_round(rich()).files["TRAIL"]))
