"""The attacks of the protocol: forgers who make everything else fit, and readers who look for a risk class.

Each forgery is put to both verifiers. Each search for a class is first shown to work where nothing is sealed.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache

import pytest

from onevisit.county import CLASSES
from onevisit.draw import verify
from onevisit.draw.ceremony import seed_of
from onevisit.draw.disclosure import public_files
from onevisit.draw.evidence import results_of, rows_of, substitute_payloads, substitutes_file
from onevisit.draw.form import sha256
from onevisit.draw.frozen import manifest_of, read_frozen
from onevisit.draw.merkle import merkle_root, proof_file, prove
from onevisit.draw.trail import EVENTS, append, head, read_trail
from tests.onevisit.draw.browser import answers
from tests.onevisit.draw.samples import OPEN, WITNESSED, held, object_id, vector

Files = dict[str, bytes]
LOCK = dt.date(2027, 3, 3)


def trailed(files: Files) -> Files:
    """The files with a trail that fits them, at the old times: what somebody writes who can write everything."""
    payloads = [("freeze", files["MANIFEST"]), ("root", files["ROOT"])]
    payloads += [("commit", line) for line in files["COMMITS"].splitlines(keepends=True)]
    payloads += [("reveal", line) for line in files["REVEALS"].splitlines(keepends=True)]
    payloads += [("seed", files["SEED"]), ("drawn", files["drawn.tsv"]), ("batches", files["batches.tsv"])]
    payloads += [("substitute", payload) for payload in substitute_payloads(files)]
    times = [line.at for line in read_trail(files["TRAIL"])[0]]
    trail = b""
    for at, (name, payload) in zip([*times, *times[-1:] * len(payloads)], payloads, strict=False):
        trail = append(trail, at=at, event=next(event for event in EVENTS if event == name), payload=payload)
    return files | {"TRAIL": trail}


def drawn_again(files: Files) -> Files:
    """Everything that follows from the frozen files and the reveals, made anew, with a trail that fits."""
    made = files | {"MANIFEST": manifest_of(files), "ROOT": f"{merkle_root(files['objects.tsv'])}\n".encode()}
    frozen = read_frozen(made)
    seed = seed_of(sha256(made["MANIFEST"]), made["DRAW"].decode().strip(), made["REVEALS"])
    made |= results_of(frozen, seed) | {"CODES": b"", "substitutes.tsv": b""}
    return trailed(made | {"substitutes.tsv": substitutes_file(frozen, seed, b"")})


def swapped(data: bytes, old: bytes, new: bytes) -> bytes:
    assert old in data
    return b"".join(sorted(data.replace(old, new, 1).splitlines(keepends=True)))


def without(data: bytes, start: bytes) -> bytes:
    left = [line for line in data.splitlines(keepends=True) if not line.startswith(start)]
    assert len(left) == len(data.splitlines()) - 1
    return b"".join(left)


def undrawn(files: Files) -> tuple[bytes, bytes]:
    """The drawn business of an item, and one in its reach that was not drawn."""
    drawn = rows_of(files, "drawn.tsv").row(0, named=True)
    scope = rows_of(files, "scope.tsv").filter(task=drawn["task"], item=drawn["item"], stratum=drawn["stratum"])["id"]
    taken = set(rows_of(files, "drawn.tsv").filter(task=drawn["task"])["id"])
    return drawn["id"].encode(), next(one for one in scope if one not in taken).encode()


def a_friend_is_spared(files: Files) -> Files:
    old, new = undrawn(files)
    return trailed(files | {"drawn.tsv": swapped(files["drawn.tsv"], old, new)})


def a_friend_comes_last(files: Files) -> Files:
    first = next(line for line in files["batches.tsv"].splitlines() if line.endswith(b"\t1"))
    return trailed(files | {"batches.tsv": swapped(files["batches.tsv"], first, first[:-1] + b"4")})


def another_substitute(files: Files) -> Files:
    row = rows_of(files, "substitutes.tsv").row(0, named=True)
    used = {*rows_of(files, "drawn.tsv")["id"], *rows_of(files, "substitutes.tsv")["new"]}
    scope = rows_of(files, "scope.tsv").filter(task=row["task"], item=row["item"])["id"]
    other = next(one for one in scope if one not in used)
    changed = swapped(files["substitutes.tsv"], row["new"].encode(), other.encode())
    return trailed(files | {"substitutes.tsv": changed})


def another_seed(files: Files) -> Files:
    seed = "0" * 64
    results = results_of(read_frozen(files), seed)
    return trailed(files | results | {"CODES": b"", "substitutes.tsv": b""})


def a_witness_left_out(files: Files) -> Files:
    changed = {"COMMITS": without(files["COMMITS"], b"notary\t"), "REVEALS": without(files["REVEALS"], b"notary=")}
    return drawn_again(files | changed)


def a_silent_witness_drawn_on(files: Files) -> Files:
    return drawn_again(files | {"REVEALS": without(files["REVEALS"], b"notary=")})


def a_witness_reveals_another_number(files: Files) -> Files:
    return drawn_again(files | {"REVEALS": re.sub(rb"notary=\w{8}", b"notary=00000000", files["REVEALS"])})


def a_business_taken_off_the_list_after_the_reveals(files: Files) -> Files:
    gone = rows_of(files, "objects.tsv")["id"][0].encode()
    scope = b"".join(line for line in files["scope.tsv"].splitlines(keepends=True) if gone not in line)
    counts = rows_of(files | {"scope.tsv": scope}, "scope.tsv").group_by("task", "item", "stratum").len()
    of = {tuple(row[:3]): row[3] for row in counts.iter_rows()}
    plan = ""
    for row in rows_of(files, "plan.tsv").iter_rows():
        plan += "\t".join([*row[:4], str(of.get(row[:3], 0)), *row[5:]]) + "\n"
    objects = without(files["objects.tsv"], gone)
    return drawn_again(files | {"objects.tsv": objects, "scope.tsv": scope, "plan.tsv": plan.encode()})


def a_rate_raised_after_the_reveals(files: Files) -> Files:
    return drawn_again(files | {"plan.tsv": swapped(files["plan.tsv"], b"\trate\t206\t", b"\trate\t9206\t")})


def last_years_draw_rewritten(files: Files) -> Files:
    return drawn_again(files | {"history.tsv": re.sub(rb"\t1\n", b"\t0\n", files["history.tsv"], count=1)})


def a_reveal_twice(files: Files) -> Files:
    first = files["REVEALS"].splitlines(keepends=True)[0]
    return drawn_again(files | {"REVEALS": first + files["REVEALS"]})


def a_short_number(files: Files) -> Files:
    return drawn_again(files | {"REVEALS": re.sub(rb"(notary=\w{62})\w\w", rb"\1", files["REVEALS"])})


def a_look_alike_id(files: Files) -> Files:
    # Cyrillic А (U+0410) for Latin A.
    return trailed(files | {"drawn.tsv": files["drawn.tsv"].replace(b"A", "А".encode(), 1)})


def a_carriage_return(files: Files) -> Files:
    return trailed(files | {"CODES": files["CODES"].replace(b"\n", b"\r\n")})


def a_code_of_nobodys_chain(files: Files) -> Files:
    rows = files["CODES"].splitlines(keepends=True)
    return trailed(files | {"CODES": b"".join([rows[0][:-65] + b"0" * 64 + b"\n", *rows[1:]])})


FORGERIES: dict[Callable[[Files], Files], str] = {
    a_friend_is_spared: "drawn.tsv",
    a_friend_comes_last: "batches.tsv",
    another_substitute: "substitutes.tsv",
    another_seed: "SEED",
    a_witness_left_out: "COMMITS",
    a_silent_witness_drawn_on: "REVEALS",
    a_witness_reveals_another_number: "REVEALS",
    a_business_taken_off_the_list_after_the_reveals: "REVEALS",
    a_rate_raised_after_the_reveals: "REVEALS",
    last_years_draw_rewritten: "REVEALS",
    a_reveal_twice: "REVEALS",
    a_short_number: "REVEALS",
    a_look_alike_id: "drawn.tsv",
    a_carriage_return: "CODES",
    a_code_of_nobodys_chain: "CODES",
}
"""Forgery -> the file in which both verifiers find it, though the trail was made to fit."""


def test_a_trail_made_by_the_forgers_hand_is_accepted_when_nothing_was_forged() -> None:
    files = vector("open")
    assert trailed(files) == files


def test_every_forgery_is_found_in_the_same_file_by_both_verifiers_though_the_trail_fits() -> None:
    forged = {forgery.__name__: forgery(vector("open")) for forgery in FORGERIES}
    found = answers([{"files": files, "head": ""} for files in forged.values()])
    by_page = {name: answer["file"] for name, answer in zip(forged, found, strict=True)}
    by_file: dict[str, str] = {}
    for name, files in forged.items():
        with pytest.raises(verify.RefusedError) as refused:
            verify.verify(verify.Folder(files))
        by_file[name] = str(refused.value).split(":")[0]
    assert by_page == by_file == {forgery.__name__: file for forgery, file in FORGERIES.items()}


@cache
def witnessed() -> Files:
    """A witnessed round with a void attempt before it and two substitutions."""
    return held(replace(WITNESSED, attempt=2), earlier=held(WITNESSED, is_void=True))


def public_of(files: Files, *, is_open: bool, day: dt.date = LOCK) -> Files:
    return public_files(files, disclosure="open" if is_open else "witnessed", locked_until=LOCK, today=day)


def hashes_in(files: Files) -> set[str]:
    """Every hash that can be read from files."""
    return {text.decode() for data in files.values() for text in re.findall(rb"[0-9a-f]{64}", data)}


def guesses(files: Files) -> Iterator[tuple[str, str]]:
    """What a reader computes who knows the seed and every id, and supposes that the mark is the id: guess, hash."""
    seed = files["SEED"].decode().strip()
    tasks = rows_of(files, "plan.tsv")["task"].unique()
    keys = [
        sha256(f"ov1/key\n{purpose}\n{seed}\n")[:32]
        for purpose in ("sparing", *(f"{kind}/{task}" for task in tasks for kind in ("objects", "batch")))
    ]
    for identifier in rows_of(files, "objects.tsv")["id"]:
        for key in keys:
            yield identifier, sha256(f"{key}|{identifier}")
        for letter in CLASSES:
            seal = sha256(f"{letter}\t{identifier}")
            yield f"{identifier} {letter}", seal
            yield f"{identifier} {letter}", sha256(f"\0{identifier}\t{seal}")


def test_tickets_and_thresholds_of_a_witnessed_round_cannot_be_recomputed_from_what_is_public() -> None:
    openly = held(OPEN)
    seen = hashes_in(public_of(openly, is_open=True))
    assert any(guess in seen for _, guess in guesses(openly)), "the search works where the mark is the id"
    seen = hashes_in(public_of(witnessed(), is_open=False))
    assert not [what for what, guess in guesses(witnessed()) if guess in seen]


def test_the_trail_confirms_no_guess_of_a_sealed_file() -> None:
    files = witnessed()
    seen = hashes_in(public_of(files, is_open=False))
    for name in ("objects.tsv", "scope.tsv", "plan.tsv", "history.tsv", "settings.tsv"):
        assert sha256(files[name]) not in seen, name
    # What was drawn is in the trail, sealed by its tickets: without them a guessed list of strata fits nothing.
    drawn = rows_of(files, "drawn.tsv")
    for columns in (["task", "item", "stratum", "id"], ["task", "item", "id"], ["id"]):
        guess = "".join(sorted("\t".join(row) + "\n" for row in drawn.select(columns).iter_rows()))
        assert sha256(guess) not in seen


def test_no_public_file_of_a_witnessed_round_names_a_stratum_or_how_many_it_has() -> None:
    public = public_of(witnessed(), is_open=False, day=dt.date(2099, 1, 1))
    own = {name: data for name, data in public.items() if name != "verify.py"}
    fields = {
        field for data in own.values() for line in data.decode().splitlines() for field in re.split("[\t=]", line)
    }
    assert not fields & set(CLASSES)
    assert not {"plan.tsv", "scope.tsv", "objects.tsv", "drawn.tsv", "batches.tsv", "MANIFEST"} & set(public)


def test_substitutes_show_who_was_lost_and_not_who_was_in_reach() -> None:
    files = witnessed()
    public = public_of(files, is_open=False)
    whole = b"".join(data for name, data in public.items() if name not in ("verify.py", "listed.tsv"))
    lost = set(rows_of(files, "substitutes.tsv")["lost"])
    assert lost
    assert {one for one in rows_of(files, "objects.tsv")["id"] if one.encode() in whole} == lost
    listed = {line.split("\t")[2] for line in public["listed.tsv"].decode().splitlines()}
    assert listed == set(rows_of(files, "drawn.tsv")["id"])


def test_neighbours_of_one_who_is_absent_show_no_class() -> None:
    def found(files: Files) -> list[str]:
        proof = proof_file(object_id(61), prove(files["objects.tsv"], object_id(61)))
        seen = set(re.findall(r"[0-9a-f]{64}", proof.decode()))
        return [what for what, guess in guesses(files) if guess in seen]

    assert found(held(OPEN)), "the search works where the mark is the id"
    assert not found(witnessed())


def test_two_rounds_show_nothing_in_common_of_the_same_business() -> None:
    # Fresh marks each time: a path that comes again would tie proofs and classes of rounds together.
    first, second = held(WITNESSED), witnessed()
    paths = [
        set(re.findall(r"[0-9a-f]{64}", proof_file(object_id(22), prove(files["objects.tsv"], object_id(22))).decode()))
        for files in (first, second)
    ]
    assert not paths[0] & paths[1]


@pytest.mark.parametrize("is_open", [True, False])
def test_before_the_lock_ends_nothing_public_depends_on_the_seed_or_on_who_was_drawn(*, is_open: bool) -> None:
    files = held(OPEN) if is_open else witnessed()
    before = public_of(files, is_open=is_open, day=LOCK - dt.timedelta(days=1))
    whole = b"".join(before.values())
    secrets = [line.split("=")[1] for line in files["REVEALS"].decode().splitlines()]
    for text in (*secrets, files["SEED"].decode().strip(), head(files["TRAIL"]), *rows_of(files, "drawn.tsv")["id"]):
        assert text.encode() not in whole
    codes = re.findall(rb"[0-9a-f]{64}", files["CODES"])
    assert codes
    assert not any(code in whole for code in codes)
