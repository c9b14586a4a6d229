"""The browser's verifier and verify.py, written apart, say the same of any evidence, honest or not."""

import datetime as dt
import io
import re
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onevisit.draw import verify
from onevisit.draw.demonstration import hold
from onevisit.draw.disclosure import public_files
from onevisit.draw.evidence import replay_digest
from onevisit.draw.form import sha256
from onevisit.draw.merkle import merkle_root, proof_file, prove
from onevisit.publish.archive import stored_zip
from tests.onevisit.draw.browser import CORE, answers
from tests.onevisit.draw.samples import (
    MARCH,
    OPEN,
    RULES,
    SCRIPT,
    STAFF,
    WITNESSED,
    Row,
    held,
    object_id,
    objects,
    signed,
    vector,
)

Files = dict[str, bytes]
LOCK = dt.date(2027, 3, 3)


def verdict(files: Files, head: str = "") -> tuple[bool, set[str], set[str], str]:
    """What verify.py says: whether all holds, what it checked, what in part, and the digest of the replay."""
    folder = verify.Folder(dict(files))
    try:
        verify.verify(folder, head)
    except verify.RefusedError:
        return False, set(), set(), ""
    return True, folder.compared, set(folder.partly), folder.digest


def verdict_of(answer: dict[str, Any]) -> tuple[bool, set[str], set[str], str]:
    assert "crash" not in answer, answer
    checked, partly = (set(answer[key]) if answer["holds"] else set() for key in ("checked", "partly"))
    return answer["holds"], checked, partly, answer["digest"]


def kinds() -> dict[str, Files]:
    """Every kind of folder there is: whole, of the protocol's files alone, and what the public has."""
    void = held(WITNESSED, is_void=True)
    second = held(replace(WITNESSED, attempt=2), earlier=void)
    whole = {"open": held(OPEN), "void": void, "second": second}
    ours = ("HEAD", "RECORDS")
    bare = {
        f"bare {name}": {file: data for file, data in files.items() if file not in ours and file[:5] != "void/"}
        for name, files in whole.items()
    }
    public = {
        f"public {name} {day}": public_files(whole[name], disclosure="witnessed", locked_until=LOCK, today=day)
        for name in ("void", "second")
        for day in (LOCK - dt.timedelta(days=1), LOCK)
    }
    vectors = {f"vector {name}": vector(name) for name in ("open", "witnessed")}
    public["public open"] = public_files(whole["open"], disclosure="open", locked_until=LOCK, today=LOCK)
    return {**vectors, **whole, **bare, **public}


def test_the_two_call_the_same_files_checked_in_every_kind_of_folder() -> None:
    folders = kinds()
    found = answers([{"files": files, "head": ""} for files in folders.values()])
    for (name, files), answer in zip(folders.items(), found, strict=True):
        assert verdict_of(answer) == verdict(files), name
        assert answer["holds"], (name, answer["reason"])
        # What was drawn has a digest in whatever folder can be replayed, and the program that drew gives it too.
        has_digest = "drawn.tsv" in files
        assert answer["digest"] == (replay_digest(files) if has_digest else ""), name


IDS = [object_id(number) for number in range(1, 41)]
CELLS = ["00000000000000a1", "00000000000000b2", "00000000000000c3"]


@st.composite
def rounds(draw: st.DrawFn) -> Files:
    """The evidence of a small round with random scopes, rates, counts, history and settings."""
    is_open = draw(st.booleans())
    rows = []
    for number in range(1, draw(st.integers(2, 4))):
        ids = draw(st.lists(st.sampled_from(IDS), min_size=1, max_size=25, unique=True))
        rate = st.integers(0, 10000)
        rates = [draw(rate)] * 5 if is_open else [draw(rate) for _ in range(5)]
        count = draw(st.none() | st.integers(1, 9)) if is_open else None
        task = draw(st.sampled_from(["T001", "T002"]))
        least = draw(st.integers(0, 4))
        rows.append(
            Row(task, f"P-{number}", MARCH, sorted(ids), rates=() if count else rates, count=count, least=least)
        )
    if not is_open:
        # Even rates of one task among uneven ones still make a witnessed round.
        rows[0] = replace(rows[0], rates=[0, 10000, 3333, 5000, 1])
    past = draw(st.dictionaries(st.sampled_from(IDS), st.tuples(st.sampled_from(CELLS), st.booleans()), max_size=40))
    history = "".join(sorted(f"{one}\t{cell}\t{int(flag)}\n" for one, (cell, flag) in past.items())).encode()
    rules = RULES.model_copy(update={"batches": draw(st.integers(1, 5)), "sparing_bp": draw(st.integers(0, 10000))})
    script = replace(SCRIPT, seed=draw(st.text("abc", min_size=1, max_size=4)), rules=rules)
    one = replace(OPEN if is_open else WITNESSED, starts={row.task: MARCH for row in rows})
    return hold(
        script, signed(rows), one, objects=objects(40), history=history, staff=STAFF, is_void=False, earlier=None
    )


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(files=rounds(), data=st.data())
def test_the_two_say_the_same_of_random_rounds_and_of_every_changed_byte(files: Files, data: st.DataObject) -> None:
    cases = [files]
    names = sorted(name for name in files if files[name])
    for _ in range(30):
        name = data.draw(st.sampled_from(names))
        place = data.draw(st.integers(0, len(files[name]) - 1))
        changed = bytearray(files[name])
        changed[place] = data.draw(st.sampled_from([*b"0123456789abcdfANDT\t\n -"]) | st.integers(0, 255))
        cases.append({**files, name: bytes(changed)})
    for case, answer in zip(cases, answers([{"files": case, "head": ""} for case in cases]), strict=True):
        assert verdict_of(answer) == verdict(case)
        # Everything of such a folder is bound to the byte: the smallest change is refused.
        assert answer["holds"] == (case == files)
        assert answer["digest"] == (replay_digest(files) if case == files else "")


def test_the_browser_refuses_flips_of_whatever_it_calls_checked_in_every_kind_of_folder() -> None:
    cases: list[dict[str, Any]] = []
    for name, files in kinds().items():
        if name == "vector witnessed":
            continue  # Large, and of the kind of `second`.
        for file in sorted(verdict(files)[1]):
            for place in range(0, len(files[file]), max(1, len(files[file]) // 7)):
                changed = bytearray(files[file])
                changed[place] ^= 1 << (place % 7)
                cases.append({"files": files | {file: bytes(changed)}, "head": "", "what": (name, file, place)})
    found = answers([{key: case[key] for key in ("files", "head")} for case in cases])
    assert [case["what"] for case, answer in zip(cases, found, strict=True) if answer.get("holds") is not False] == []


@pytest.mark.parametrize("numbers", [set(), {3}, {1, 2, 3, 4, 5, 6, 7}, set(range(1, 60, 2))])
def test_the_two_say_the_same_of_proofs_and_of_changed_ones(numbers: set[int]) -> None:
    listed = "".join(f"{one}\tN\t{one}\n" for one in sorted(object_id(number) for number in numbers)).encode()
    root = merkle_root(listed)
    cases: list[dict[str, Any]] = []
    for asked in (object_id(number) for number in (1, 2, 3, 58, 61)):
        proof = proof_file(asked, prove(listed, asked))
        cases.append({"proof": proof, "root": root, "id": asked})
        for place in range(0, len(proof), max(1, len(proof) // 25)):
            changed = bytearray(proof)
            changed[place] ^= 1
            cases.append({"proof": bytes(changed), "root": root, "id": asked})
    for case, answer in zip(cases, answers(cases), strict=True):
        try:
            listed_too: bool | None = verify.check_proof(case["proof"], case["root"], case["id"])
        except verify.RefusedError:
            listed_too = None
        assert (answer["isListed"] if answer["holds"] else None) == listed_too


def test_minutes_signed_on_the_day_hold_after_losses_and_digests_were_added() -> None:
    """The minutes ask that the trail goes on from their head; a head from before the draw they never had."""
    files = {name: data for name, data in held(WITNESSED).items() if name != "HEAD"}
    lines = files["TRAIL"].splitlines(keepends=True)
    drawn = next(number for number, line in enumerate(lines) if b"\tbatches\t" in line)
    heads = [sha256(line) for line in lines]
    found = answers([{"files": files, "head": head} for head in heads])
    assert drawn < len(lines) - 1
    for number, (head, answer) in enumerate(zip(heads, found, strict=True)):
        assert verdict_of(answer) == verdict(files, head)
        assert answer["holds"] == (number >= drawn)
        # Lines written since are bound by later minutes alone.
        assert ("TRAIL" in answer["partly"]) == (drawn <= number < len(lines) - 1)
    assert f"笔录签字以后又续记{len(lines) - 1 - drawn}行" in found[drawn]["notes"]


def test_a_wrong_head_of_the_minutes_is_refused_by_both() -> None:
    files = held(OPEN)
    right, wrong = files["HEAD"].decode().strip(), "0" * 64
    found = answers([{"files": files, "head": head} for head in (right, wrong)])
    assert [answer["holds"] for answer in found] == [True, False]
    assert not verdict(files, wrong)[0]


def test_the_browsers_verifier_is_old_plain_javascript_that_asks_nobody() -> None:
    core = re.sub(r"/\*.*?\*/|//[^\n]*", "", CORE.read_text("utf-8"), flags=re.DOTALL)
    for word in (
        "crypto",
        "fetch",
        "XMLHttpRequest",
        "import",
        "=>",
        "let ",
        "const ",
        "`",
        "BigInt",
        "async",
        "class ",
    ):
        assert word not in core, word
    assert "</script" not in core


def test_the_same_files_are_the_same_zip_and_nothing_in_it_is_compressed(tmp_path: Path) -> None:
    files = held(OPEN)
    made = stored_zip(files)
    assert made == stored_zip(dict(reversed(list(files.items()))))
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert {one.compress_type for one in archive.infolist()} == {zipfile.ZIP_STORED}
        assert {name: archive.read(name) for name in archive.namelist()} == files
