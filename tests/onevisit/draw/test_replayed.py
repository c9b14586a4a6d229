"""Witnesses replay the sealed evidence and say what they got: a wrong digest is never on record, in no folder."""

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache

import pytest

from onevisit.draw import events, steps, verify
from onevisit.draw.ceremony import chain_code
from onevisit.draw.ceremony import commit as commitment_of
from onevisit.draw.disclosure import public_files
from onevisit.draw.evidence import drawn_list, replay, replay_digest, rows_of
from onevisit.draw.form import sha256
from onevisit.draw.freeze import Parties
from onevisit.draw.trail import append, head, read_trail, record_line
from onevisit.errors import RefusedError
from tests.onevisit.draw.browser import answers
from tests.onevisit.draw.samples import OPEN, ROWS, RULES, SCRIPT, STAFF, WITNESSED, held, objects, signed, vector

Files = dict[str, bytes]
LOCK = dt.date(2027, 3, 3)
SERIAL = "510923-2027-02-1"
SECRETS = {name: sha256(name) for name in RULES.witnesses}


def at(clock: str) -> str:
    return f"2027-02-26T{clock}:00+08:00"


@cache
def stages() -> tuple[Files, Files]:
    """A witnessed round that waits for its public source, and the same drawn: nobody has replayed yet."""
    plan = signed(ROWS)
    heads = {holder: chain_code(sha256(f"chain of {holder}"), 4) for holder in RULES.chain_holders}
    files = steps.freeze(
        plan, WITNESSED, serial=SERIAL, objects=objects(60), history=b"", rules=RULES,
        parties=Parties(heads, at("10:00")), mark_secret=sha256("marks"), staff=STAFF, at=at("09:00"), earlier=None,
    )  # fmt: skip
    c = sha256(files["MANIFEST"])
    for name in RULES.witnesses:
        files = steps.commit(files, name, commitment_of(c, SERIAL, name, SECRETS[name]), at=at("09:10"))
    for name in RULES.witnesses:
        files = steps.reveal(files, name, SECRETS[name], at=at("09:30"))
    waiting = files
    files = steps.show_source(files, "42", at=at("10:00"))
    record = events.plan_record(plan, WITNESSED, is_demonstration=False)
    return waiting, steps.draw(files, record, at=at("10:01"))


def drawn() -> Files:
    return dict(stages()[1])


def by_witness(files: Mapping[str, bytes]) -> str:
    """What a witness's own replay gives."""
    copy = verify.Folder(dict(files))
    verify.verify(copy)
    return copy.digest


def refused(files: Files, name: str, digest: str) -> RefusedError:
    with pytest.raises(RefusedError) as refusal:
        steps.replayed(files, name, digest, at=at("15:00"))
    return refusal.value


def public_of(files: Files, day: dt.date = LOCK) -> Files:
    return public_files(files, disclosure="witnessed", locked_until=LOCK, today=day)


def test_a_digest_is_on_record_once_and_the_same_again_changes_nothing() -> None:
    files = drawn()
    assert steps.not_replayed(files) == ["discipline", "enterprise", "notary"]
    digest = by_witness(files)
    after = steps.replayed(files, "notary", digest, at=at("15:00"))
    assert steps.not_replayed(after) == ["discipline", "enterprise"]
    assert steps.replayed(after, "notary", digest, at=at("15:10")) == after
    assert after["RECORDS"] == files["RECORDS"] + (
        f'{{"digest": "{digest}", "kind": "replayed", "witness": "notary"}}\n'.encode()
    )
    line = read_trail(after["TRAIL"])[0][-1]
    assert (line.event, line.payload) == ("plan", sha256(after["RECORDS"].splitlines(keepends=True)[-1]))
    assert steps.next_step(after) == steps.next_step(files)
    assert replay(after) == []


def test_the_digest_is_what_the_docs_say() -> None:
    files = drawn()
    (last,) = [line for line in files["TRAIL"].splitlines(keepends=True) if b"\tbatches\t" in line]
    listed = sorted("\t".join(row) + "\n" for row in rows_of(files, "drawn.tsv").select("task", "item", "id").rows())
    c, lines = sha256(files["MANIFEST"]), sha256("".join(listed))
    assert by_witness(files) == sha256(f"ov1/replay\n{c}\n{SERIAL}\n{sha256(last)}\n{lines}\n")


def test_losses_and_other_digests_after_the_draw_leave_the_digest_as_it_is() -> None:
    files = drawn()
    digest = by_witness(files)
    after = steps.replayed(files, "discipline", digest, at=at("15:00"))
    lost = rows_of(files, "drawn.tsv")["id"][0]
    after = steps.lose(after, "T002", lost, reason="已停业", at=at("15:10"))
    # While codes are waited for, a witness may replay too.
    after = steps.replayed(after, "notary", by_witness(after), at=at("15:20"))
    assert by_witness(after) == digest
    assert by_witness(held(WITNESSED)) == replay_digest(held(WITNESSED))


def test_a_wrong_digest_is_refused_in_words_that_say_what_to_do_and_never_tell_the_right_one() -> None:
    files = drawn()
    refusal = refused(files, "notary", "0" * 64)
    assert "D111" in str(refusal)
    assert "停止后续办理" in refusal.zh()
    assert by_witness(files) not in refusal.zh() + str(refusal)


def test_a_witness_whose_copy_differs_in_what_was_drawn_cannot_come_to_the_digest_of_the_evidence() -> None:
    # Another draw, whole and honest in itself, handed to one witness in place of the sealed one.
    other = by_witness(held(WITNESSED))
    assert "D111" in str(refused(drawn(), "notary", other))


def test_a_stranger_an_open_round_and_a_round_not_drawn_have_no_digest() -> None:
    waiting, files = stages()
    digest = by_witness(files)
    assert "D049" in str(refused(dict(files), "mayor", digest))
    assert "D090" in str(refused(dict(waiting), "notary", digest))
    assert "D090" in str(refused(held(WITNESSED, is_void=True), "notary", digest))
    openly = held(OPEN)
    assert "D110" in str(refused(openly, "notary", by_witness(openly)))
    assert steps.not_replayed(openly) == steps.not_replayed(waiting) == []


def test_a_second_digest_never_takes_the_place_of_the_first() -> None:
    files = drawn()
    after = steps.replayed(files, "notary", by_witness(files), at=at("15:00"))
    assert "D112" in str(refused(after, "notary", "0" * 64))


def test_the_scripted_witnesses_have_all_replayed() -> None:
    files = held(replace(WITNESSED, attempt=2), earlier=held(WITNESSED, is_void=True))
    assert steps.not_replayed(files) == []
    assert SCRIPT.rules.witnesses == RULES.witnesses


def forged(**changes: str) -> Files:
    """One more record of a replay, by a hand that can write everything: the trail fits it."""
    files = drawn()
    record = {"digest": by_witness(files), "kind": "replayed", "witness": "notary", **changes}
    return with_record(files, record_line(record))


def with_record(files: Files, line: bytes) -> Files:
    trail = append(files["TRAIL"], at=at("15:00"), event="plan", payload=line)
    return files | {"RECORDS": files["RECORDS"] + line, "TRAIL": trail, "HEAD": f"{head(trail)}\n".encode()}


def twice() -> Files:
    files = forged()
    return with_record(files, files["RECORDS"].splitlines(keepends=True)[-1])


def changed_without_the_trail() -> Files:
    files = forged()
    digest = by_witness(drawn())
    return files | {"RECORDS": files["RECORDS"].replace(digest.encode(), b"0" * 64)}


FORGED: dict[str, Callable[[], Files]] = {
    "another digest": lambda: forged(digest="0" * 64),
    "a stranger": lambda: forged(witness="mayor"),
    "twice": twice,
    "changed": changed_without_the_trail,
}


@pytest.mark.parametrize("name", list(FORGED))
def test_a_forged_or_changed_record_is_found_by_every_verifier(name: str) -> None:
    files = FORGED[name]()
    (answer,) = answers([{"files": files, "head": ""}])
    assert (answer["holds"], answer["file"], answer["digest"]) == (False, "RECORDS", "")
    with pytest.raises(verify.RefusedError, match=r"^RECORDS"):
        verify.verify(verify.Folder(dict(files)))
    assert {one.code for one in replay(files)} == {"D063" if name == "changed" else "D113"}


def test_an_honest_record_by_the_same_hand_is_accepted() -> None:
    verify.verify(verify.Folder(forged()))
    (answer,) = answers([{"files": forged(), "head": ""}])
    assert answer["digest"] == by_witness(drawn())
    assert "已登记复算摘要：notary；尚未登记：discipline、enterprise" in answer["notes"]


def public_cases() -> dict[str, Files]:
    """What the public has, honest first, then changed: in the list, in a digest, in whose it is."""
    honest = public_of(forged())
    digest = by_witness(drawn()).encode()
    lines = honest["listed.tsv"].splitlines(keepends=True)
    return {
        "honest": honest,
        "nobody replayed": public_of(drawn()),
        "of a vector": public_of(vector("witnessed")),
        "one drawn left out": honest | {"listed.tsv": b"".join(lines[1:])},
        "one put in": honest | {"listed.tsv": b"".join(sorted([*lines, lines[0].replace(b"P-3", b"P-4")]))},
        "no list": {name: data for name, data in honest.items() if name != "listed.tsv"},
        "another digest": honest | {"REPLAYS": b"notary\t" + b"0" * 64 + b"\n"},
        "a witness who did not": honest | {"REPLAYS": honest["REPLAYS"] + b"discipline\t" + digest + b"\n"},
        "a stranger": honest | {"REPLAYS": b"mayor\t" + digest + b"\n"},
        "twice": honest | {"REPLAYS": honest["REPLAYS"] * 2},
        "nothing drawn": public_of(held(WITNESSED, is_void=True)) | {"REPLAYS": b"", "listed.tsv": b""},
    }


def test_the_public_ties_every_digest_to_the_list_and_the_trail_that_are_published() -> None:
    cases = public_cases()
    found = dict(zip(cases, answers([{"files": files, "head": ""} for files in cases.values()]), strict=True))
    said: dict[str, bool] = {}
    for name, files in cases.items():
        folder = verify.Folder(dict(files))
        try:
            verify.verify(folder)
            said[name] = True
        except verify.RefusedError:
            said[name] = False
    assert {name: answer["holds"] for name, answer in found.items()} == said
    assert [name for name, holds in said.items() if holds] == ["honest", "nobody replayed", "of a vector"]
    # A list no witness vouches for is called checked by nobody.
    assert "listed.tsv" in found["honest"]["checked"]
    assert "listed.tsv" in found["nobody replayed"]["partly"]


def test_the_public_is_told_whose_digest_is_missing() -> None:
    notes = verify.verify(verify.Folder(public_of(drawn())))
    assert any("not yet of: discipline, enterprise, notary" in note for note in notes)


def test_before_the_lock_ends_neither_list_nor_digest_is_public() -> None:
    before = public_of(forged(), LOCK - dt.timedelta(days=1))
    whole = b"".join(before.values())
    assert not {"listed.tsv", "REPLAYS"} & set(before)
    assert by_witness(drawn()).encode() not in whole


def test_a_digest_confirms_no_guess_of_a_class() -> None:
    # The digest binds nothing sealed but by the trail, and the trail binds the strata by tickets alone.
    files = forged()
    public = public_of(files)
    (last,) = [line for line in public["TRAIL"].splitlines(keepends=True) if b"\tbatches\t" in line]
    c, list_hash = public["COMMITMENT"].decode().strip(), sha256(public["listed.tsv"])
    made = sha256(f"ov1/replay\n{c}\n{SERIAL}\n{sha256(last)}\n{list_hash}\n")
    assert public["REPLAYS"].decode() == f"notary\t{made}\n"
    assert public["listed.tsv"] == drawn_list(files)
    assert all(len(line.split("\t")) == 3 for line in public["listed.tsv"].decode().splitlines())
    assert json.loads(files["RECORDS"].splitlines()[-1]).keys() == {"digest", "kind", "witness"}
