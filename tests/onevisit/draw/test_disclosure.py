"""What the public sees, and above all what it does not."""

import datetime as dt
from dataclasses import replace
from functools import cache

import pytest

from onevisit.draw.disclosure import public_files
from onevisit.draw.evidence import replay, rows_of
from onevisit.draw.form import sha256
from onevisit.draw.frozen import PERSONAL_FILES
from tests.onevisit.draw.samples import OPEN, WITNESSED, held

LOCK = dt.date(2027, 3, 3)
BEFORE, AFTER = LOCK - dt.timedelta(days=1), LOCK
COMMITMENTS = {"COMMITMENT", "DRAW", "ROOT", "COMMITS", "chains.tsv"}


@cache
def witnessed() -> dict[str, bytes]:
    """A witnessed round with a void attempt before it and two substitutions."""
    return held(replace(WITNESSED, attempt=2), earlier=held(WITNESSED, is_void=True))


@pytest.mark.parametrize("disclosure", ["open", "witnessed"])
def test_before_the_last_window_opens_only_commitments_are_public(disclosure: str) -> None:
    files = held(OPEN) if disclosure == "open" else witnessed()
    public = public_files(files, disclosure=disclosure, locked_until=LOCK, today=BEFORE)  # type: ignore[arg-type]
    assert set(public) == COMMITMENTS
    assert public["COMMITMENT"] == f"{sha256(files['MANIFEST'])}\n".encode()


def test_an_open_round_is_public_whole_once_the_lock_ends() -> None:
    files = held(OPEN)
    public = public_files(files, disclosure="open", locked_until=LOCK, today=AFTER)
    assert set(files) - set(public) == set(PERSONAL_FILES)
    assert all(public[name] == files[name] for name in set(files) & set(public))
    assert set(public) - set(files) == {"COMMITMENT"}
    assert replay(public) == []


def test_of_a_witnessed_round_only_seed_reveals_trail_codes_the_drawn_list_and_the_digests_follow() -> None:
    public = public_files(witnessed(), disclosure="witnessed", locked_until=LOCK, today=AFTER)
    after = {"REVEALS", "SEED", "TRAIL", "CODES", "HEAD", "verify.py", "listed.tsv", "REPLAYS"}
    assert set(public) == COMMITMENTS | after
    drawn = rows_of(witnessed(), "drawn.tsv").select("task", "item", "id").rows()
    assert public["listed.tsv"].decode().splitlines() == sorted("\t".join(row) for row in drawn)


def test_no_mark_ticket_or_class_of_a_witnessed_round_ever_gets_out() -> None:
    files = witnessed()
    public = public_files(files, disclosure="witnessed", locked_until=LOCK, today=dt.date(2099, 1, 1))
    whole = b"\n".join(data for name, data in public.items() if name != "verify.py")
    objects = rows_of(files, "objects.tsv")
    assert not any(mark.encode() in whole for mark in objects["mark"])
    assert not any(ticket.encode() in whole for ticket in rows_of(files, "drawn.tsv")["ticket"])
    # Fingerprints of files that could be guessed line by line would confirm a guess.
    for name in ("plan.tsv", "history.tsv", "settings.tsv", "objects.tsv", "scope.tsv"):
        assert sha256(files[name]).encode() not in whole


def test_a_void_attempt_shows_its_commitments_and_later_its_trail() -> None:
    void = held(WITNESSED, is_void=True)
    public = public_files(void, disclosure="witnessed", locked_until=LOCK, today=AFTER)
    assert set(public) == COMMITMENTS | {"REVEALS", "TRAIL", "HEAD", "verify.py"}
