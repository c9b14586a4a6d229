"""Explaining reads what a run exported; the small county is made once for the module."""

import re
from pathlib import Path

import polars as pl
import pytest
from rich.console import Console
from typer.testing import CliRunner

from onevisit.registries.tables import DuplicatesToReview, Objects, ObjectSources
from pipelines import cli
from pipelines.cli import app
from pipelines.settings import ROOT, Settings
from pipelines.summary import exported

YEAR = 2027


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("explained")
    for command in (
        ["demo", "--entities", "300", "--files-only"],
        ["run", "filings", "--year", str(YEAR)],
        ["run", "registries", "--year", str(YEAR)],
    ):
        done = CliRunner().invoke(app, [*command, "--data", str(folder)])
        assert done.exit_code == 0, done.output
    return folder


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal wide enough that no cell is folded."""
    monkeypatch.setattr(cli, "out", Console(width=400, highlight=False))


def told(data: Path, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["explain", *arguments, "--year", str(YEAR), "--data", str(data)])
    return done.exit_code, done.output


def table(data: Path, model: type) -> pl.DataFrame:
    return exported(Settings(county_folder=ROOT / "county", data=data, webhook=None).folders, model, YEAR)


def test_an_object_is_told_with_every_record_and_the_source_of_its_name(data):
    sources = table(data, ObjectSources)
    largest = sources.group_by("object_id").len().sort(-pl.col("len").cast(pl.Int64), "object_id")["object_id"][0]
    code, text = told(data, "object", largest)
    assert code == 0
    flat = re.sub(r"[\s│]", "", text)
    [name] = table(data, Objects).filter(object_id=largest)["name"]
    assert name in flat
    for key in sources.filter(object_id=largest)["record_key"]:
        assert key in flat
    assert "✓名称" in flat


def test_a_pair_is_told_with_every_reason_and_the_verdict(data):
    sources = table(data, ObjectSources).sort("record_key")
    one, other = sources.filter(pl.col("object_id").is_duplicated()).sort("object_id")["record_key"][:2]
    code, text = told(data, "pair", one, other)
    assert code == 0
    assert "起点" in text
    assert "合计" in text
    assert "同一对象" in text.splitlines()[-1]


def test_a_doubted_pair_is_told_by_its_object_ids_too(data):
    pair = table(data, DuplicatesToReview).row(0, named=True)
    code, text = told(data, "pair", pair["left_key"], pair["right_key"])
    assert code == 0
    assert "可能性" in text


def test_no_phone_is_told(data):
    sources = table(data, ObjectSources)
    for object_id in sources["object_id"].unique().sort()[:5]:
        _, text = told(data, "object", object_id)
        assert not re.search(r"(?<!\d)1[3-9]\d{9}(?!\d)", text)


def test_what_nobody_is_called_is_refused_with_what_to_do(data):
    code, text = told(data, "pair", "nobody:1", "nobody:2")
    assert code == 1
    assert "R061" in text


def test_before_a_run_there_is_nothing_to_explain(tmp_path):
    code, text = told(tmp_path, "object", "DY-1")
    assert code == 1
    assert "R060" in text
