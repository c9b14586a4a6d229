"""The recipe gives seed, tickets and drawn ids on the command line, and stands the same in the docs and on the site."""

import html
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

import onevisit.publish
from onevisit.draw import verify
from onevisit.draw.evidence import rows_of
from onevisit.draw.frozen import FROZEN_FILES, PERSONAL_FILES
from onevisit.publish.release import assemble
from tests.onevisit.draw.samples import OPEN, WITNESSED, held, vector, write
from tests.onevisit.publish.counties import known, made, site_of

RECIPE = Path(onevisit.publish.__file__).with_name("templates") / "recipe.sh"
TOOLS = ["sh", "awk", "sort", "perl", "cut", "cmp", "mktemp", "sed", "paste"]
OPENSSL = "sum() { openssl dgst -sha256 -r | cut -c1-64; }"

needs_tools = pytest.mark.skipif(
    not all(shutil.which(tool) for tool in TOOLS), reason=f"needs {', '.join(TOOLS)} on the command line"
)


def run(folder: Path, *words: str, recipe: Path = RECIPE) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["sh", str(recipe), *words], cwd=folder, capture_output=True, text=True, check=False)


@needs_tools
@pytest.mark.parametrize(
    ("files", "task", "item"),
    [
        (vector("open"), "T001", "K01-4"),
        (vector("open"), "T003", "G03-1"),
        (vector("witnessed"), "T005", "K05-2"),
        (held(OPEN), "T001", "P-2"),
        (held(WITNESSED), "T002", "P-3"),
    ],
)
@pytest.mark.parametrize("tool", ["sha256sum", "openssl"])
def test_seed_tickets_and_drawn_ids_of_an_item_come_out_by_hand(
    files: dict[str, bytes], task: str, item: str, tool: str, tmp_path: Path
) -> None:
    if not shutil.which(tool):
        pytest.skip(f"needs {tool}")
    text = RECIPE.read_text()
    (plain,) = [line for line in text.splitlines() if line.startswith("sum()")]
    recipe = tmp_path / "recipe.sh"
    recipe.write_text(text if tool == "sha256sum" else text.replace(plain, OPENSSL))
    done = run(write(tmp_path / "draw", files), task, item, recipe=recipe)
    own = [line for line in files["drawn.tsv"].decode().splitlines() if line.startswith(f"{task}\t{item}\t")]
    assert done.stderr == ""
    assert done.stdout.splitlines() == [f"SEED {files['SEED'].decode().strip()}", *own, "OK"]


@needs_tools
@pytest.mark.parametrize("gone", FROZEN_FILES)
def test_a_plan_that_was_never_frozen_stops_the_recipe(gone: str, tmp_path: Path) -> None:
    """A file that MANIFEST does not list could be written when the seed is known."""
    files = vector("open")
    listed = [line for line in files["MANIFEST"].splitlines(keepends=True) if not line.endswith(f" {gone}\n".encode())]
    assert len(listed) == len(files["MANIFEST"].splitlines()) - 1
    done = run(write(tmp_path / "draw", files | {"MANIFEST": b"".join(listed)}), "T001", "K01-4")
    assert (done.returncode, done.stderr) == (1, "MANIFEST\n")


@needs_tools
def test_a_sealed_folder_without_its_people_stops_the_recipe_and_a_public_one_does_not(tmp_path: Path) -> None:
    for files, code in ((held(OPEN), 0), (held(WITNESSED), 1)):
        bare = {name: data for name, data in files.items() if name not in PERSONAL_FILES}
        item = rows_of(files, "drawn.tsv").select("task", "item").row(0)
        assert run(write(tmp_path / str(code), bare), *item).returncode == code


@needs_tools
@pytest.mark.parametrize("name", ["objects.tsv", "REVEALS", "SEED", "drawn.tsv"])
def test_a_changed_file_stops_the_recipe(name: str, tmp_path: Path) -> None:
    files = vector("open")
    changed = bytearray(files[name])
    changed[-2] = ord("1") if changed[-2] != ord("1") else ord("2")
    if name == "drawn.tsv":
        changed = bytearray(files[name].replace(b"K01-4\tN\t9151", b"K01-4\tN\t9251"))
    assert bytes(changed) != files[name]
    assert run(write(tmp_path / "draw", files | {name: bytes(changed)}), "T001", "K01-4").returncode != 0


@needs_tools
@pytest.mark.parametrize(
    "files",
    [
        vector("open"),
        held(OPEN),
        held(WITNESSED),
        held(replace(WITNESSED, attempt=2), earlier=held(WITNESSED, is_void=True)),
    ],
)
def test_the_whole_round_by_hand_gives_the_digest_the_other_verifiers_give(
    files: dict[str, bytes], tmp_path: Path
) -> None:
    folder = verify.Folder(dict(files))
    verify.verify(folder)
    done = run(write(tmp_path / "draw", files))
    assert done.stderr == ""
    assert done.stdout.splitlines() == [f"SEED {files['SEED'].decode().strip()}", f"REPLAY {folder.digest}"]


@needs_tools
@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("objects.tsv", b"A", b"B"),
        ("ROOT", b"0", b"1"),
        ("COMMITS", b"0", b"1"),
        ("witnesses.tsv", b"notary\n", b""),
        ("batches.tsv", b"\t1\n", b"\t2\n"),
        ("drawn.tsv", b"T002", b"T003"),
        ("TRAIL", b"T11:", b"T10:"),
        ("RECORDS", b'"witness": "notary"', b'"witness": "mayor"'),
        ("RECORDS", b'"digest": "', b'"digest": "0'),
    ],
)
def test_no_digest_comes_by_hand_out_of_a_changed_folder(name: str, old: bytes, new: bytes, tmp_path: Path) -> None:
    files = held(replace(WITNESSED, attempt=2), earlier=held(WITNESSED, is_void=True))
    assert old in files[name]
    done = run(write(tmp_path / "draw", files | {name: files[name].replace(old, new, 1)}))
    assert done.returncode != 0
    assert "REPLAY" not in done.stdout


def test_the_docs_and_the_site_have_the_recipe_as_it_is_tested(repository: Path) -> None:
    recipe = RECIPE.read_text()
    assert f"```sh\n{recipe}```" in (repository / "docs" / "verifying.md").read_text("utf-8")
    county = made()
    files = assemble(site_of(county), known(county))
    assert files["recipe.sh"].decode() == recipe
    assert recipe.rstrip("\n") in html.unescape(files["verify.html"].decode())
    assert html.unescape(OPENSSL) in html.unescape(files["verify.html"].decode())
