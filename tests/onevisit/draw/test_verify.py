"""The stand-alone verifier: accepts what holds, and refuses every changed byte of what it says it compared."""

import ast
import datetime as dt
import hashlib
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onevisit.draw import events, verify
from onevisit.draw.ceremony import commit, seed_of
from onevisit.draw.disclosure import public_files
from onevisit.draw.evidence import replay, results_of
from onevisit.draw.frozen import FROZEN_FILES, PERSONAL_FILES, read_frozen
from onevisit.draw.trail import append, head, record_line
from tests.onevisit.draw.samples import OPEN, RULES, VECTORS, WITNESSED, held, vector, write

Files = dict[str, bytes]


@cache
def folders() -> dict[str, Files]:
    """The two vectors, and small folders of our own: open, void, and drawn after a void attempt."""
    void = held(WITNESSED, is_void=True)
    return {
        "vector open": vector("open"),
        "vector witnessed": vector("witnessed"),
        "open": held(OPEN),
        "void": void,
        "second": held(replace(WITNESSED, attempt=2), earlier=void),
    }


def found(files: Files, minutes: str = "") -> str:
    """Why the verifier refuses a folder, empty when it holds."""
    try:
        verify.verify(verify.Folder(dict(files)), minutes)
    except verify.RefusedError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("name", list(folders()))
def test_an_honest_folder_holds(name: str) -> None:
    assert found(folders()[name]) == ""


@pytest.mark.parametrize("name", ["open", "witnessed"])
def test_the_file_alone_verifies_a_vector_in_a_python_without_the_project(name: str, tmp_path: Path) -> None:
    alone = tmp_path / "verify.py"
    alone.write_bytes(Path(verify.__file__).read_bytes())
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(alone), str(VECTORS / name)], capture_output=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr.decode()
    assert "everything holds" in done.stdout.decode()
    assert "drawn.tsv" in done.stdout.decode()


def test_a_broken_folder_exits_with_one_and_a_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write(tmp_path / "draw", vector("open") | {"SEED": b"0" * 64 + b"\n"})
    assert verify.main([str(folder)]) == 1
    assert "SEED" in capsys.readouterr().out


def test_a_missing_folder_is_wrong_usage() -> None:
    assert verify.main(["no such folder"]) == 2


def test_the_verifier_imports_nothing_but_the_standard_library() -> None:
    tree = ast.parse(Path(verify.__file__).read_text("utf-8"))
    imported = {
        alias.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    }
    imported |= {(node.module or "").split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported <= set(sys.stdlib_module_names)


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_any_changed_byte_is_refused(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(["vector open", "vector witnessed", "open", "void", "second"]))
    files = folders()[name]
    folder = verify.Folder(dict(files))
    verify.verify(folder)
    file = data.draw(st.sampled_from(sorted(name for name in folder.compared if files[name])))
    place = data.draw(st.integers(0, len(files[file]) - 1))
    bit = data.draw(st.integers(0, 7))
    changed = bytearray(files[file])
    changed[place] ^= 1 << bit
    # The head in the signed minutes is what shows a change in the very last line of the trail.
    assert found({**files, file: bytes(changed)}, head(files["TRAIL"]))


@pytest.mark.parametrize("file", ["DRAW", "SEED", "ROOT", "COMMITS", "CODES", "MANIFEST", "settings.tsv"])
def test_every_byte_of_the_small_files_counts(file: str) -> None:
    files = vector("open")
    for place in range(len(files[file])):
        for bit in (0, 5):
            changed = bytearray(files[file])
            changed[place] ^= 1 << bit
            assert found({**files, file: bytes(changed)}), (file, place, bit)


@pytest.mark.parametrize("name", list(folders()))
def test_a_missing_file_is_refused(name: str) -> None:
    files = folders()[name]
    folder = verify.Folder(dict(files))
    verify.verify(folder)
    # Without HEAD there are the minutes; of an open round who may be sent is not published.
    sealed = PERSONAL_FILES if name == "open" else ()
    for file in sorted(folder.compared - {"HEAD", *sealed}):
        rest = {key: value for key, value in files.items() if key != file}
        if files[file] or file not in ("CODES", "substitutes.tsv"):
            # A folder of the protocol's own files has no records: that is told, see below.
            assert found(rest) or (file == "RECORDS" and "RECORDS" not in checked(rest)), file


def bare(files: Files) -> Files:
    """A folder's files of the protocol's sections 1-5, 7 and 8 alone, and what its MANIFEST lists besides."""
    ours = ("HEAD", "RECORDS")
    return {name: data for name, data in files.items() if name not in ours and not name.startswith("void/")}


def checked(files: Files) -> set[str]:
    """The files the verifier says it checked."""
    folder = verify.Folder(dict(files))
    verify.verify(folder)
    return folder.compared


@pytest.mark.parametrize("name", ["open", "void", "second"])
def test_a_folder_of_the_protocols_files_alone_holds_and_says_what_it_lacks(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify.main([str(write(tmp_path / "draw", bare(folders()[name])))]) == 0
    told = capsys.readouterr().out
    assert "records are not in the folder" in told
    assert "in part: TRAIL" in told


def test_an_attempt_hidden_among_void_ones_is_refused_without_their_records_too() -> None:
    files = bare(folders()["second"])
    lines = files["TRAIL"].splitlines(keepends=True)
    void = next(number for number, line in enumerate(lines) if b"\tvoid\t" in line)
    assert "TRAIL" in found(files | {"TRAIL": b"".join(lines[void + 1 :])})


def test_people_who_were_not_frozen_are_told_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, files in (("with", folders()["open"]), ("without", vector("open"))):
        assert verify.main([str(write(tmp_path / name, files))]) == 0
        assert ("人员名单没有一并冻结" in capsys.readouterr().out) == (name == "without")


def test_a_record_of_a_kind_unknown_or_unfinished_is_read_without_a_crash() -> None:
    files = held(WITNESSED)
    for record, is_refused in (({"note": "另有说明\u2028见附件"}, False), ({"kind": "replayed"}, True)):
        line = record_line(record)
        trail = append(files["TRAIL"], at="2027-12-01T09:00:00+08:00", event="plan", payload=line)
        changed = files | {"RECORDS": files["RECORDS"] + line, "TRAIL": trail, "HEAD": f"{head(trail)}\n".encode()}
        assert bool(found(changed)) == is_refused
        assert bool(replay(changed)) == is_refused


def test_a_rolled_back_folder_is_found_by_the_signed_minutes() -> None:
    files = vector("open")
    lines = files["TRAIL"].splitlines(keepends=True)
    earlier = files | {
        "TRAIL": b"".join(lines[:-1]),
        "CODES": b"".join(files["CODES"].splitlines(keepends=True)[:2]),
        "substitutes.tsv": b"".join(files["substitutes.tsv"].splitlines(keepends=True)[:-1]),
    }
    assert found(earlier) == ""
    assert "minutes" in found(earlier, head(files["TRAIL"]))


def frozen_again(files: Files, **changes: bytes) -> Files:
    """Change frozen files and list them anew, as somebody would who prepares a wrong draw."""
    changed = files | {name.replace("_tsv", ".tsv"): data for name, data in changes.items()}
    names = [line[66:] for line in files["MANIFEST"].decode().splitlines()]
    lines = [f"{hashlib.sha256(changed[name]).hexdigest()}  {name}\n" for name in names]
    return changed | {"MANIFEST": "".join(lines).encode()}


def _edit(data: bytes, old: bytes, new: bytes) -> bytes:
    assert old in data
    return b"".join(sorted(data.replace(old, new, 1).splitlines(keepends=True)))


BAD_FREEZES: dict[str, Callable[[Files], Files]] = {
    "line twice": lambda f: frozen_again(f, scope_tsv=f["scope.tsv"] + f["scope.tsv"].splitlines(keepends=True)[-1]),
    "out of order": lambda f: frozen_again(f, objects_tsv=b"".join(f["objects.tsv"].splitlines(keepends=True)[::-1])),
    "check character": lambda f: frozen_again(f, history_tsv=f["history.tsv"].replace(b"MA056AJ4A2", b"MA056AJ4A3")),
    "stratum": lambda f: frozen_again(f, scope_tsv=_edit(f["scope.tsv"], b"\tN\t", b"\tA\t")),
    "count": lambda f: frozen_again(f, plan_tsv=_edit(f["plan.tsv"], b"\t17\trate", b"\t16\trate")),
    "plan line": lambda f: frozen_again(f, plan_tsv=b"".join(f["plan.tsv"].splitlines(keepends=True)[1:])),
    "rate": lambda f: frozen_again(f, plan_tsv=_edit(f["plan.tsv"], b"rate\t206\t", b"rate\t10001\t")),
    "setting": lambda f: frozen_again(f, settings_tsv=_edit(f["settings.tsv"], b"batches\t4", b"batches\t0")),
    "one holder": lambda f: frozen_again(f, chains_tsv=f["chains.tsv"].splitlines(keepends=True)[0]),
    "class in open": lambda f: frozen_again(f, objects_tsv=_edit(f["objects.tsv"], b"\tN\t", b"\tA\t")),
    "carriage return": lambda f: frozen_again(f, witnesses_tsv=f["witnesses.tsv"].replace(b"\n", b"\r\n")),
}


@pytest.mark.parametrize("name", list(BAD_FREEZES))
def test_what_may_not_be_frozen_is_refused_where_it_stands(name: str) -> None:
    # The reason names the frozen file, not a commit that no longer fits: the freeze itself is judged.
    assert ".tsv" in found(BAD_FREEZES[name](vector("open"))).split(":")[0]


def test_a_row_too_many_too_few_or_swapped_is_refused() -> None:
    files = vector("open")
    lines = files["drawn.tsv"].splitlines(keepends=True)
    undrawn = b"T003\tG03-1\tN\t91510923MA056AJ4A2\t" + b"0" * 64 + b"\n"
    for wrong in (lines[1:], sorted([*lines, undrawn]), sorted([*lines[1:], undrawn])):
        assert "drawn.tsv" in found(files | {"drawn.tsv": b"".join(wrong)})


def test_the_two_programs_refuse_the_same_changed_trail() -> None:
    files = folders()["open"]
    broken = files | {"TRAIL": files["TRAIL"].replace(b"T09:00:00", b"T08:59:00", 1)}
    assert "TRAIL" in found(broken)
    assert {one.code for one in replay(broken)} == {"D061"}


AFTER = dt.date(2027, 3, 3)


@pytest.mark.parametrize("day", [dt.date(2027, 2, 26), AFTER])
def test_what_the_public_has_of_a_witnessed_round_can_be_verified(day: dt.date) -> None:
    second = folders()["second"]
    assert found(public_files(second, disclosure="witnessed", locked_until=AFTER, today=day)) == ""


@pytest.mark.parametrize("name", ["COMMITMENT", "ROOT", "COMMITS", "REVEALS", "SEED", "TRAIL", "CODES", "chains.tsv"])
def test_a_changed_public_file_of_a_witnessed_round_is_refused(name: str) -> None:
    second = folders()["second"]
    public = public_files(second, disclosure="witnessed", locked_until=AFTER, today=AFTER)
    changed = bytearray(public[name])
    changed[-2] = ord("1") if changed[-2] != ord("1") else ord("2")
    assert found(public | {name: bytes(changed)})


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"91510923MA167JD53B", b"91510923MA056AJ4A2"),  # never drawn
        (b"\tT002\t", b"\tT003\t"),  # drawn in another task
        (b"2\tT001", b"9\tT001"),  # more than the chains hold
        (b"2e16eb47", b"2e16eb48"),  # not of the chain
    ],
)
def test_a_substitution_that_does_not_fit_is_refused(old: bytes, new: bytes) -> None:
    files = vector("open")
    assert old in files["CODES"]
    assert "CODES" in found(files | {"CODES": files["CODES"].replace(old, new, 1)})


@pytest.mark.parametrize("file", ["COMMITS", "REVEALS"])
def test_a_missing_or_surplus_witness_is_refused(file: str) -> None:
    files = vector("open")
    lines = files[file].splitlines(keepends=True)
    stranger = lines[0].replace(b"discipline", b"aaa")
    for wrong in (lines[1:], [stranger, *lines], [*lines[1:], lines[0]]):
        assert file in found(files | {file: b"".join(wrong)})


@pytest.mark.parametrize("moment", ["09:30", "10:01"])
def test_a_source_that_was_known_too_early_is_refused(moment: str) -> None:
    """Made as a careless hand would: everything fits, but the moment is not after the reveals, or not waited for."""
    frozen = {name: held(OPEN)[name] for name in FROZEN_FILES}
    frozen["sources.tsv"] = f"beacon\thall\t2027-02-26T{moment}:00+08:00\n".encode()
    files = events.freeze(frozen, serial="510923-2027-01-1", at="2027-02-26T09:00:00+08:00", earlier=None)
    c = hashlib.sha256(files["MANIFEST"]).hexdigest()
    secrets = {name: hashlib.sha256(name.encode()).hexdigest() for name in RULES.witnesses}
    commits = {name: commit(c, "510923-2027-01-1", name, secret) for name, secret in secrets.items()}
    files = events.commit(files, commits, at="2027-02-26T09:10:00+08:00")
    files = events.reveal(files, secrets, at="2027-02-26T09:30:00+08:00")
    files = events.reveal(files, {"beacon": "42"}, at="2027-02-26T10:00:00+08:00")
    seed = seed_of(c, "510923-2027-01-1", files["REVEALS"])
    results = results_of(read_frozen(files), seed)
    trail = files["TRAIL"]
    for event, name in (("seed", "SEED"), ("drawn", "drawn.tsv"), ("batches", "batches.tsv")):
        trail = append(trail, at="2027-02-26T10:01:00+08:00", event=event, payload=results[name])  # type: ignore[arg-type]
    made = files | results | {"TRAIL": trail, "HEAD": f"{head(trail)}\n".encode(), "CODES": b"", "substitutes.tsv": b""}
    assert found(made).startswith("TRAIL")
    assert {one.code for one in replay(made)} == {"D045" if moment == "09:30" else "D044"}


def public(name: str, day: dt.date) -> Files:
    """What the public has of a witnessed round."""
    return public_files(folders()[name], disclosure="witnessed", locked_until=AFTER, today=day)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_of_public_files_too_only_those_bound_to_the_byte_are_called_checked(data: st.DataObject) -> None:
    files = public(data.draw(st.sampled_from(["second", "void"])), AFTER)
    folder = verify.Folder(dict(files))
    verify.verify(folder)
    file = data.draw(st.sampled_from(sorted(name for name in folder.compared if files[name])))
    place = data.draw(st.integers(0, len(files[file]) - 1))
    changed = bytearray(files[file])
    changed[place] ^= 1 << data.draw(st.integers(0, 7))
    assert found({**files, file: bytes(changed)}), (file, place)


def test_nothing_is_called_checked_before_the_lock_ends() -> None:
    assert checked(public("second", dt.date(2027, 2, 26))) == set()
