"""The ceremony step by step: what is missing is refused, and a silent witness makes the attempt void."""

from dataclasses import replace

import pytest

from onevisit.draw import events
from onevisit.draw.ceremony import chain_code, commit
from onevisit.draw.evidence import is_void, records_of, replay, rows_of
from onevisit.draw.form import sha256
from onevisit.draw.freeze import Parties, freeze_round
from onevisit.draw.frozen import read_frozen
from onevisit.draw.substitutes import Loss
from onevisit.draw.trail import attempts_of, read_trail
from onevisit.errors import RefusedError
from tests.onevisit.draw.samples import IDS, OPEN, ROWS, RULES, SCRIPT, STAFF, WITNESSED, held, objects, signed

DAY = "2027-02-26T"
PLAN = signed(ROWS)
RECORD = events.plan_record(PLAN, OPEN, is_demonstration=False)
SECRETS = {name: sha256(name) for name in RULES.witnesses}
STARTS = {holder: sha256(f"chain of {holder}") for holder in RULES.chain_holders}


def at(clock: str) -> str:
    """A time on the day of the draw."""
    return f"{DAY}{clock}:00+08:00"


def committed() -> dict[str, bytes]:
    """A round that is frozen and committed to."""
    frozen = freeze_round(
        PLAN,
        OPEN,
        objects=objects(60),
        history=b"",
        rules=RULES,
        parties=Parties({holder: chain_code(start, 4) for holder, start in STARTS.items()}, at("10:00")),
        mark_secret="",
        staff=STAFF,
    )
    files = events.freeze(frozen, serial="510923-2027-01-1", at=at("09:00"), earlier=None)
    c = sha256(files["MANIFEST"])
    commits = {name: commit(c, "510923-2027-01-1", name, secret) for name, secret in SECRETS.items()}
    return events.commit(files, commits, at=at("09:10"))


def drawn() -> dict[str, bytes]:
    """The same round, drawn."""
    files = events.reveal(committed(), SECRETS, at=at("09:30"))
    files = events.reveal(files, {"beacon": "42"}, at=at("10:00"))
    return events.draw(files, RECORD, at=at("10:01"))


def refusal(files: dict[str, bytes]) -> set[str]:
    """The codes for which a draw is refused."""
    with pytest.raises(RefusedError) as refused:
        events.draw(files, RECORD, at=at("10:01"))
    return {one.code for one in refused.value.problems}


def test_a_whole_ceremony_draws_and_replays() -> None:
    assert replay(drawn()) == []


def test_a_witness_who_does_not_reveal_is_never_left_out_and_drawn_on() -> None:
    files = events.reveal(committed(), {"discipline": SECRETS["discipline"]}, at=at("09:30"))
    files = events.reveal(files, {"beacon": "42"}, at=at("10:00"))
    assert refusal(files) == {"D041"}
    after = events.void(files, RECORD, at=at("10:05"))
    assert is_void(after)
    assert read_trail(after["TRAIL"])[0][-1].event == "void"


def test_a_missing_public_source_is_refused() -> None:
    assert refusal(events.reveal(committed(), SECRETS, at=at("09:30"))) == {"D041"}


def test_a_reveal_that_is_not_what_was_committed_is_refused_without_showing_it() -> None:
    wrong = SECRETS | {"notary": "f" * 64}
    files = events.reveal(events.reveal(committed(), wrong, at=at("09:30")), {"beacon": "42"}, at=at("10:00"))
    with pytest.raises(RefusedError, match="D043") as refused:
        events.draw(files, RECORD, at=at("10:01"))
    assert "f" * 64 not in str(refused.value)


def test_a_missing_commit_is_refused() -> None:
    files = committed()
    files["COMMITS"] = b"".join(files["COMMITS"].splitlines(keepends=True)[1:])
    files = events.reveal(events.reveal(files, SECRETS, at=at("09:30")), {"beacon": "42"}, at=at("10:00"))
    assert "D040" in refusal(files)


def test_a_source_shown_before_its_moment_is_refused() -> None:
    files = events.reveal(events.reveal(committed(), SECRETS, at=at("09:30")), {"beacon": "42"}, at=at("09:59"))
    assert refusal(files) == {"D044"}


def test_a_witness_who_reveals_when_the_source_may_be_known_is_refused() -> None:
    files = events.reveal(events.reveal(committed(), SECRETS, at=at("10:00")), {"beacon": "42"}, at=at("10:00"))
    assert refusal(files) == {"D045"}


def test_what_is_drawn_cannot_be_made_void() -> None:
    with pytest.raises(RefusedError, match="D046"):
        events.void(drawn(), RECORD, at=at("11:00"))


def loss(files: dict[str, bytes], number: int = 1, lost: str | None = None, steps: int | None = None) -> Loss:
    """A loss in T001 with the codes of its number."""
    first = rows_of(files, "drawn.tsv")["id"][0] if lost is None else lost
    left = 4 - number if steps is None else steps
    return Loss(number, "T001", first, tuple(chain_code(STARTS[holder], left) for holder in sorted(STARTS)))


def after_loss(files: dict[str, bytes], one: Loss, *, reason: str, at: str) -> dict[str, bytes]:
    """The round after a loss and its substitution."""
    return events.substitute(events.lose(files, one.task, one.lost, reason=reason, at=at), one, at=at)


def test_a_lost_business_is_replaced_in_every_item_it_was_drawn_for() -> None:
    files = drawn()
    first = loss(files)
    after = after_loss(files, first, reason="已注销", at=at("15:00"))
    items = rows_of(files, "drawn.tsv").filter(task="T001", id=first.lost)["item"].sort().to_list()
    taken = rows_of(after, "substitutes.tsv")
    assert taken["item"].to_list() == items
    assert not set(taken["new"]) & {first.lost}
    assert records_of(after)[-1]["reason"] == "已注销"
    assert [line.event for line in read_trail(after["TRAIL"])[0]][-2:] == ["plan", "substitute"]
    assert replay(after) == []


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("D054", {"lost": "nobody drawn"}),
        ("D053", {"steps": 2}),
        ("D051", {"number": 2}),
    ],
)
def test_a_loss_that_does_not_fit_is_refused(code: str, change: dict[str, object]) -> None:
    files = drawn()
    undrawn = set(IDS) - set(rows_of(files, "drawn.tsv").filter(task="T001")["id"])
    if "lost" in change:
        change = {"lost": min(undrawn)}
    with pytest.raises(RefusedError, match=code):
        after_loss(files, loss(files, **change), reason="已注销", at=at("15:00"))  # type: ignore[arg-type]


def test_no_business_is_lost_twice_in_a_task() -> None:
    files = drawn()
    after = after_loss(files, loss(files), reason="已注销", at=at("15:00"))
    with pytest.raises(RefusedError, match="D054"):
        after_loss(after, loss(files, number=2), reason="已注销", at=at("15:10"))


def test_the_chains_end_after_their_length() -> None:
    files = drawn()
    for number in range(1, 5):
        lost = rows_of(files, "drawn.tsv").filter(task="T001")["id"].unique().sort()[number - 1]
        files = after_loss(files, loss(files, number, lost), reason="已注销", at=at("15:00"))
    lost = rows_of(files, "drawn.tsv").filter(task="T001")["id"].unique().sort()[4]
    with pytest.raises(RefusedError, match="D052"):
        after_loss(files, loss(files, 5, lost, steps=0), reason="已注销", at=at("15:10"))


def test_a_void_attempt_goes_on_in_the_same_trail_with_fresh_secrets() -> None:
    void = held(WITNESSED, is_void=True)
    second = held(replace(WITNESSED, attempt=2), earlier=void)
    assert second["TRAIL"].startswith(void["TRAIL"])
    first, last = attempts_of(read_trail(second["TRAIL"])[0])
    assert (first[-1].event, last[0].event, last[0].number) == ("void", "freeze", len(first) + 1)
    assert void["chains.tsv"] != second["chains.tsv"]
    assert read_frozen(void).sources["beacon"] < read_frozen(second).sources["beacon"]
    assert not set(void["REVEALS"].splitlines()) & set(second["REVEALS"].splitlines())
    assert second["void/510923-2027-02-1/MANIFEST"] == void["MANIFEST"]


def test_the_scripted_ceremony_is_the_same_every_time() -> None:
    assert held(OPEN) == held(OPEN)


def test_records_and_folders_keep_no_secret_that_was_not_revealed() -> None:
    void = held(WITNESSED, is_void=True)
    assert len(void["REVEALS"].splitlines()) == len(RULES.witnesses) - 1
    whole = b"".join(void.values())
    assert SCRIPT.secret("witness", "510923-2027-02-1", "notary").encode() not in whole
    assert SCRIPT.secret("chain", "510923-2027-02-1", "notary").encode() not in whole
