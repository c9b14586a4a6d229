import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from onevisit.tables import STAGES
from pipelines.cli import app

COMMANDS = ["run", "demo", "status", "papers", "judge", "recuse", "verify", "prove", "ui"]
VECTORS = Path(__file__).parents[1] / "vectors" / "draw"


def call(*arguments: str):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_shows_an_example_that_its_own_options_accept(command):
    shown = re.sub(r"\s+", " ", call(command, "--help").output)
    example = re.search(r"Example: onevisit (\S+)((?: \S+)*)", shown)
    assert example
    assert example[1] == command
    for option in re.findall(r"--[a-z-]+", example[2]):
        assert option in shown.replace(example[0], "")


def test_an_unknown_stage_is_wrong_usage_and_the_stages_are_named():
    refused = call("run", "lottery", "--year", "2027")
    assert refused.exit_code == 2
    assert all(stage in refused.output for stage in STAGES)


def test_a_year_out_of_reach_is_wrong_usage(tmp_path, repository):
    refused = call("run", "all", "--year", "2099", "--data", tmp_path, "--county", repository / "county")
    assert refused.exit_code == 2
    assert "2099" in refused.output
    assert "Traceback" not in refused.output


def test_a_missing_county_folder_is_refused_by_name(tmp_path):
    refused = call("run", "all", "--year", "2027", "--data", tmp_path, "--county", tmp_path / "nowhere")
    assert refused.exit_code == 1
    assert "nowhere" in refused.output


def test_a_missing_inbox_is_refused_by_name(tmp_path, repository):
    refused = call("run", "filings", "--year", "2027", "--data", tmp_path, "--county", repository / "county")
    assert refused.exit_code == 1
    assert "inbox" in refused.output
    assert "Traceback" not in refused.output
    assert "2027" in (tmp_path / "alerts.log").read_text("utf-8")


def test_demonstration_data_never_lands_among_real_filings(tmp_path, repository):
    filed = tmp_path / "inbox" / "2027" / "县公安局" / "检查对象名录.csv"
    filed.parent.mkdir(parents=True)
    filed.write_text("名称", "utf-8")
    refused = call("demo", "--files-only", "--data", tmp_path, "--county", repository / "county")
    assert refused.exit_code == 1
    assert [path.name for path in filed.parent.iterdir()] == [filed.name]


def test_a_real_county_gets_no_demonstration_data(tmp_path, repository):
    county = shutil.copytree(repository / "county", tmp_path / "county")
    text = (county / "county.toml").read_text("utf-8")
    (county / "county.toml").write_text(text[: text.index("\n[demonstration]")], "utf-8")
    refused = call("demo", "--files-only", "--data", tmp_path / "data", "--county", county)
    assert refused.exit_code == 1
    assert "C006" in refused.output


@pytest.mark.parametrize("kind", ["open", "witnessed"])
def test_verify_accepts_a_sound_draw_and_refuses_a_changed_one(tmp_path, kind):
    evidence = shutil.copytree(VECTORS / kind, tmp_path / kind)
    assert call("verify", evidence).exit_code == 0
    drawn = evidence / "drawn.tsv"
    drawn.write_bytes(drawn.read_bytes().replace(b"0", b"1", 1))
    assert call("verify", evidence).exit_code == 1


def test_status_of_an_empty_county_names_every_department_that_has_not_filed(tmp_path, repository, county):
    shown = call("status", "--year", "2027", "--data", tmp_path, "--county", repository / "county")
    assert shown.exit_code == 0
    assert all(f"{name}: 尚未报送" in shown.output for name in county.department_names)
