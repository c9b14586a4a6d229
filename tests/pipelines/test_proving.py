"""A business gets its proof, which anybody checks against the published root and which tells of nobody else."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assets.evidence import write_evidence
from assets.folders import Folders
from onevisit.draw.evidence import rows_of
from onevisit.draw.form import sha256
from onevisit.errors import RefusedError
from pipelines.cli import app
from pipelines.proving import write_proofs
from tests.onevisit.draw.samples import OPEN, WITNESSED, YEAR, held, object_id

SECOND = replace(WITNESSED, attempt=2)
IN, OUT, OTHER = object_id(22), object_id(61), object_id(23)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Folders:
    """A year with an open round, a void attempt and a witnessed round."""
    made = Folders(tmp_path_factory.mktemp("data"))
    void = held(WITNESSED, is_void=True)
    for one, files in ((OPEN, held(OPEN)), (WITNESSED, void), (SECOND, held(SECOND, earlier=void))):
        write_evidence(made.draws(YEAR) / one.serial("510923", YEAR), files)
    return made


def call(*arguments: object) -> int:
    return CliRunner().invoke(app, [str(argument) for argument in arguments]).exit_code


@pytest.mark.parametrize("code", [IN, OUT])
def test_every_draw_of_the_year_is_proved_and_the_verifier_holds_the_proof_to_the_published_root(
    folders: Folders, code: str, tmp_path: Path
) -> None:
    assert call("prove", code, "--year", YEAR, "--to", tmp_path, "--data", folders.data) == 0
    proofs = sorted(tmp_path.glob("*.json"))
    assert [path.name for path in proofs] == [f"proof-510923-2027-{part}-{code}.json" for part in ("01-1", "02-2")]
    for path in proofs:
        root = folders.draws(YEAR) / path.name[6:22] / "ROOT"
        assert call("verify", path, root, code) == 0
        assert call("verify", path, root, OTHER) == 1
        said = path.with_suffix(".txt").read_text("utf-8")
        assert (f"{code}在本场" in said) == (code == IN)
        assert (f"{code}不在本场" in said) == (code == OUT)
        assert root.read_text().strip() in said


def test_a_void_attempt_is_proved_when_it_is_named(folders: Folders, tmp_path: Path) -> None:
    written = write_proofs(folders, YEAR, IN, serial="510923-2027-02-1", to=tmp_path)
    assert [path.suffix for path in written] == [".json", ".txt"]


def test_a_proof_from_a_witnessed_round_tells_nothing_of_others_but_the_neighbours_of_one_who_is_absent(
    folders: Folders, tmp_path: Path
) -> None:
    files = {
        path.name: path.read_bytes() for path in (folders.draws(YEAR) / "510923-2027-02-2").iterdir() if path.is_file()
    }
    rows = rows_of(files, "objects.tsv")
    ids = rows["id"].to_list()
    for code in (IN, OUT):
        proof, text = (
            path.read_bytes() for path in write_proofs(folders, YEAR, code, serial="510923-2027-02-2", to=tmp_path)
        )
        shown = [one for one in ids if one.encode() in proof + text]
        place = sum(one < OUT for one in ids)
        assert shown == ([IN] if code == IN else ids[place - 1 : place + 1])
        for identifier, letter, mark in rows.iter_rows():
            assert mark.encode() not in proof + text
            # Whoever guesses the class cannot confirm the guess: without the secret mark no hash fits.
            for guess in (letter, f"{letter}\t{identifier}", f"{identifier}\t{letter}", f"{letter}\t"):
                assert sha256(guess).encode() not in proof
        leaves = json.loads(proof)["leaves"]
        assert all(set(leaf) == {"id", "path", "seal"} for leaf in leaves)
        assert f"{len(ids)}".encode() not in text.replace(code.encode(), b"").replace(files["ROOT"].strip(), b"")


@pytest.mark.parametrize(
    "code", [IN.lower(), f"{IN} ", IN[:-1], IN.replace("9", "９"), IN[:-1] + ("0" if IN[-1] != "0" else "1")]
)
def test_an_id_that_is_not_canonical_is_refused_and_nothing_written(
    folders: Folders, code: str, tmp_path: Path
) -> None:
    with pytest.raises(RefusedError, match="D0"):
        write_proofs(folders, YEAR, code, serial=None, to=tmp_path / "to")
    assert not (tmp_path / "to").exists()


def test_a_draw_that_was_not_held_and_a_list_that_is_not_the_published_one_are_refused(tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    with pytest.raises(RefusedError, match="D120"):
        write_proofs(folders, YEAR, IN, serial=None, to=tmp_path)
    files = held(OPEN)
    changed = files | {"objects.tsv": b"".join(files["objects.tsv"].splitlines(keepends=True)[1:])}
    write_evidence(folders.draws(YEAR) / "510923-2027-01-1", changed)
    with pytest.raises(RefusedError, match="D080"):
        write_proofs(folders, YEAR, IN, serial=None, to=tmp_path)
