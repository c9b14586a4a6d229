"""The tutorial, carried out as it stands in a copy of the checkout."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass

import polars as pl
import pytest

STEP = re.compile(
    r"(?:^(New file|At the end of|Among the imports of) `([^`]+)`:\n\n)?^```(\w+)\n(.*?)^```$", re.M | re.S
)
PARTS = ("assets", "checks", "county", "onevisit", "pipelines", "tests", "pyproject.toml", "dagster.yaml")
EXPORTS = "my-data/exports/2027"


@dataclass(frozen=True)
class Step:
    """A block of the page: a file to write, or commands."""

    how: str
    path: str
    text: str

    def take(self, copy):
        if self.how == "":
            for line in self.text.splitlines():
                carry_out(line, copy)
            return
        path = copy / self.path
        path.parent.mkdir(parents=True, exist_ok=True)
        before = path.read_text("utf-8") if path.exists() else ""
        assert (before == "") == (self.how == "New file"), self.path
        place = re.search("^from onevisit.registries", before, re.M).start() if self.how[:5] == "Among" else len(before)
        path.write_text(before[:place] + self.text + before[place:], "utf-8")


def carry_out(line, copy):
    here = {".venv/bin/onevisit": [sys.executable, "-m", "pipelines"], ".venv/bin/python": [sys.executable]}
    program, *rest = shlex.split(line)
    done = subprocess.run(
        [*here.get(program, [program]), *rest],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (line, done.stdout, done.stderr)


def steps(text):
    return [Step(how, path, body) for how, path, _, body in STEP.findall(text)]


@pytest.fixture(scope="module")
def copy(repository, tmp_path_factory):
    """The checkout after every step of the page."""
    copy = tmp_path_factory.mktemp("checkout")
    for name in PARTS:
        source = repository / name
        # With their compiled forms, which takes seconds less.
        (shutil.copytree if source.is_dir() else shutil.copy2)(source, copy / name)
    for step in steps((repository / "docs" / "tutorial.md").read_text("utf-8")):
        step.take(copy)
    return copy


def test_every_block_is_a_step(repository):
    text = (repository / "docs" / "tutorial.md").read_text("utf-8")
    assert len(steps(text)) == text.count("```") // 2 == 14


def test_the_department_s_list_is_read_as_the_page_says(copy):
    accounting = pl.read_parquet(copy / EXPORTS / "filings.accounting.parquet")
    read = accounting.filter(department="县林业局").select("read_count", "kept_count", "refused_count")
    assert read.row(0) == (3, 2, 1)
    assert (copy / "my-data/bureau/2027/退回清单.xlsx").is_file()


def test_the_item_is_on_the_list_with_its_guide(copy):
    items = pl.read_parquet(copy / EXPORTS / "registries.items.parquet")
    assert items.filter(item_code="LY-001").select("department", "ratio_max_bp").row(0) == ("县林业局", 500)


def test_the_output_is_what_the_page_says(copy):
    towns = pl.read_parquet(copy / EXPORTS / "registries.towns.parquet")
    assert towns.rows() == [("盐井街道", 1), ("蓬莱镇", 1)]
