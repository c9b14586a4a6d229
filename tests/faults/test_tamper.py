"""Whatever is changed in a log or in a draw's evidence is refused, and the record or file is named."""

import shutil
from pathlib import Path

import pytest

from assets.evidence import write_evidence
from assets.folders import Folders
from onevisit.decisions import decoded, parse_log
from onevisit.draw.evidence import replay
from onevisit.draw.trail import head
from pipelines.doctor import examine
from pipelines.settings import Settings
from tests.faults.tamper import (
    RECORDS,
    a_log,
    changed_bytes,
    changed_lines,
    draws,
    is_refused_by_the_file,
    is_refused_by_the_project,
    record_refused,
    unnoticed,
)

EVIDENCE = draws()
LOG = a_log()


def test_every_bit_of_the_decision_log_is_guarded_and_the_record_is_named():
    assert record_refused(LOG) == 0
    for at in range(len(LOG)):
        number = LOG.count(b"\n", 0, at) + 1
        for bit in range(8):
            changed = LOG[:at] + bytes([LOG[at] ^ 1 << bit]) + LOG[at + 1 :]
            assert record_refused(changed) == number, (at, bit)


def test_a_record_dropped_doubled_swapped_or_cut_is_named():
    for number, changed in changed_lines(LOG):
        # A record doubled is found at its second.
        assert record_refused(changed) in (number, number + 1), (number, changed)


def test_a_log_cut_anywhere_but_behind_a_record_is_refused_there():
    ends = [at + 1 for at in range(len(LOG)) if LOG[at : at + 1] == b"\n"]
    for length in range(1, len(LOG)):
        expected = 0 if length in ends else LOG.count(b"\n", 0, length) + 1
        assert record_refused(LOG[:length]) == expected
    # Behind a record, what is left is a sound older log: the head on the signed paper tells (see below).
    assert len(parse_log(decoded(LOG[: ends[-2]]))) == RECORDS - 1


def test_a_line_that_would_exhaust_the_reader_is_no_record():
    assert record_refused(b"[" * 100_000 + b"\n") == 1


@pytest.mark.parametrize("kind", EVIDENCE)
def test_every_byte_and_line_of_a_draw_s_evidence_is_guarded_by_the_verifier_in_it(kind):
    files = EVIDENCE[kind]
    assert not is_refused_by_the_file(files)
    # MANIFEST binds a frozen file as a whole; the long form changes each byte of the long ones too.
    frozen = {line.split()[1].decode() for line in files["MANIFEST"].splitlines()} | {"verify.py"}
    steps = {name: max(1, len(data) // 100) if name in frozen else 1 for name, data in files.items()}
    assert [what for name in files for what in unnoticed(files, name, is_refused_by_the_file, step=steps[name])] == []


@pytest.mark.parametrize("kind", EVIDENCE)
def test_bytes_of_every_file_of_a_draw_s_evidence_are_guarded_by_the_replay(kind):
    files = EVIDENCE[kind]
    assert not is_refused_by_the_project(files)
    # A replay draws again: the long form changes every byte.
    missed = [
        name
        for name, data in files.items()
        for _, changed in changed_bytes(data, step=max(1, len(data) // 3))
        if not is_refused_by_the_project({**files, name: changed})
    ]
    assert missed == []


def test_a_void_attempt_whose_serial_was_changed_is_refused_by_its_reveals():
    files = EVIDENCE["void"]
    changed = files["DRAW"].replace(b"2027", b"2023")
    assert [(one.code, one.file) for one in replay({**files, "DRAW": changed})] == [("D043", "REVEALS")] * 2


def test_every_line_of_a_trail_is_guarded_and_named():
    files = EVIDENCE["witnessed"]
    trail = files["TRAIL"]
    for number in range(1, trail.count(b"\n")):
        lines = trail.splitlines(keepends=True)
        lines[number - 1] = lines[number - 1].replace(b"T", b"U", 1)
        [first, *_] = replay({**files, "TRAIL": b"".join(lines)})
        assert (first.file, first.row) == ("TRAIL", number)


def test_a_whole_data_folder_rolled_back_is_found_by_the_head_on_the_signed_minutes(repository: Path, tmp_path: Path):
    settings = Settings(repository / "county", tmp_path / "data")
    draws_of = Folders(settings.data).draws(2027)
    write_evidence(draws_of / "510923-2027-01-1", EVIDENCE["open"])
    earlier = shutil.copytree(settings.data, tmp_path / "earlier")
    write_evidence(draws_of / "510923-2027-02-1", EVIDENCE["witnessed"])
    signed = head(EVIDENCE["witnessed"]["TRAIL"])

    def bad(data: Path) -> list[str]:
        found = examine(Settings(settings.county_folder, data), head=signed)
        return [one.what for one in found if one.level == "bad"]

    assert bad(settings.data) == []
    assert bad(earlier) == ["the head named is nowhere in this data"]
