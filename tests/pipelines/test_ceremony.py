"""A real round on the command line, from the freeze to a substitute; a crash between any two steps loses nothing."""

import datetime as dt
import hashlib
import os
import re
import shutil
from pathlib import Path

import dagster as dg
import polars as pl
import pytest
from typer.testing import CliRunner

import assets.draw
import checks.draw
import pipelines.ceremony
import pipelines.printing
from assets import evidence
from assets.folders import Folders
from assets.warehouse import Warehouse
from onevisit.documents.fonts import chosen
from onevisit.draw import verify
from onevisit.draw.ceremony import chain_code
from onevisit.draw.tables import Drawn, Rounds, Substitutes
from pipelines.cli import app
from pipelines.settings import read_county
from tests.assets.test_draw import fill, run
from tests.onevisit.draw.samples import ROWS, YEAR

SERIAL = "510923-2027-01-1"
WITNESSES = ("discipline", "enterprise", "notary")
HOLDERS = ("discipline", "notary")
FREE = [dt.date(2027, 6, day) for day in range(1, 31) if dt.date(2027, 6, day).weekday() < 5][:13]
CALENDAR = "date,is_workday,state,note,notice\n" + "".join(
    f"{on},no,official,节日,国办发明电〔2026〕1号\n" for on in FREE
)


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


SECRETS = {name: sha(name) for name in WITNESSES}
STARTS = {holder: sha(f"chain of {holder}") for holder in HOLDERS}


def a_code(steps: int, holder: str) -> str:
    return f"{holder}={chain_code(STARTS[holder], steps)}"


FREEZE = [
    "freeze", "--moment", "2027-02-26 10:00", *(word for one in HOLDERS for word in ("--chain", a_code(20, one)))
]  # fmt: skip


class Hall:
    """The computer in the hall: a real county, its data, and a clock that the test sets."""

    def __init__(self, folder: Path, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.county_folder = shutil.copytree(repository / "county", folder / "county")
        settings = self.county_folder / "county.toml"
        settings.write_text(settings.read_text("utf-8").partition("# A made-up county")[0], "utf-8")
        (self.county_folder / "calendar.csv").write_text(CALENDAR, "utf-8")
        self.county = read_county(self.county_folder)
        self.warehouse = fill(Warehouse(Folders(folder / "data")), ROWS)
        self.folders = self.warehouse.folders
        self.clock = "2027-02-26T09:00:00+08:00"
        monkeypatch.setattr(pipelines.ceremony, "now", lambda _county: self.clock)
        for module in (pipelines.ceremony, assets.draw, checks.draw):
            monkeypatch.setattr(module, "today", lambda _county: dt.date.fromisoformat(self.clock[:10]))

    def at(self, clock: str, day: str = "2027-02-26") -> "Hall":
        self.clock = f"{day}T{clock}:00+08:00"
        return self

    def __call__(self, *words: str) -> str:
        """What a command says, refusals too."""
        year = ["--year", str(YEAR)] if words[0] in ("freeze", "status") else []
        result = CliRunner().invoke(
            app, ["draw", *words, *year, "--data", str(self.folders.data), "--county", str(self.county_folder)]
        )
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == (1 if re.match(r"[CDP]\d{3} ", result.output) else 0), result.output
        return result.output

    def steps(self, serial: str = SERIAL):
        """Every step of a round, as (time, words)."""
        yield "09:00", FREEZE
        for name in WITNESSES:
            text = f"ov1/commit\n{self.c()}\n{serial}\n{name}\n{SECRETS[name]}\n"
            yield "09:10", ["commit", serial, name, sha(text)]
        for name in WITNESSES:
            yield "09:30", ["reveal", serial, name, SECRETS[name]]
        yield "10:00", ["beacon", serial, "4203117", "--again", "4203117"]
        yield "10:01", ["run", serial]

    def c(self) -> str:
        return re.search("冻结指纹（C）：([0-9a-f]{64})", self(*FREEZE))[1]

    def hold(self) -> str:
        said = ""
        for clock, words in self.steps():
            said = self.at(clock)(*words)
        return said

    def files(self) -> dict[str, bytes]:
        sealed = self.folders.sealed(YEAR)
        return {str(path): path.read_bytes() for path in sealed.rglob("*") if path.is_file()}


@pytest.fixture
def hall(tmp_path, repository, monkeypatch) -> Hall:
    return Hall(tmp_path, repository, monkeypatch)


def test_a_round_is_held_step_by_step_and_shows_in_the_tables(hall: Hall):
    said = [hall.at(clock)(*words) for clock, words in hall.steps()]
    assert "下一步：由纪检监察（discipline）提交承诺" in said[0]
    assert f"onevisit draw commit {SERIAL} discipline" in said[0]
    assert "下一步：抽取" in said[-2]
    assert f"onevisit run draw --year {YEAR}" in said[-1]
    assert verify.main([str(hall.folders.draws(YEAR) / SERIAL)]) == 0
    result = run(hall.warehouse, hall.county)
    assert all(one.passed for one in result.get_asset_check_evaluations())
    rounds = hall.warehouse.read(Rounds, YEAR)
    assert rounds.select("serial", "state", "is_demonstration").rows() == [(SERIAL, "drawn", False)]
    assert hall.warehouse.read(Drawn, YEAR)["serial"].unique().to_list() == [SERIAL]


def test_a_lost_business_is_replaced_and_the_drawn_evidence_stays_as_it_was(hall: Hall):
    hall.hold()
    run(hall.warehouse, hall.county)
    before = evidence.files_in(hall.folders.draws(YEAR) / SERIAL)
    lost = hall.warehouse.read(Drawn, YEAR).filter(pl.col("task_id") == "T001")["object_id"][0]
    hall.at("09:00", "2027-03-01")
    assert "D090" in hall("substitute", SERIAL, "T001", lost, *(w for h in HOLDERS for w in ("--code", a_code(19, h))))
    said = hall("substitute", SERIAL, "T001", lost, "--reason", "已停业")
    assert lost in said
    assert "出示本次递补的码" in said
    assert "出示本次递补的码" in hall("status")
    assert verify.main([str(evidence.evidence_folders(hall.folders, YEAR)[0])]) == 0
    done = hall("substitute", SERIAL, "T001", lost, *(w for h in HOLDERS for w in ("--code", a_code(19, h))))
    assert "已记入留痕" in done
    assert evidence.files_in(hall.folders.draws(YEAR) / SERIAL) == before
    result = run(hall.warehouse, hall.county)
    assert {one.check_name for one in result.get_asset_check_evaluations() if not one.passed} <= {
        "every_open_task_is_drawn"
    }
    assert lost in set(hall.warehouse.read(Substitutes, YEAR)["lost_id"])


def test_every_witness_of_a_witnessed_round_replays_and_the_status_names_who_has_not(hall: Hall, capsys):
    fill(hall.warehouse, [row for row in ROWS if row.task == "T002"])
    said = hall.hold()
    assert "尚未登记复算摘要：纪检监察（discipline）、市场主体代表（enterprise）、公证（notary）" in said
    assert verify.main([str(hall.folders.draws(YEAR) / SERIAL)]) == 0
    digest = re.search("replay digest: ([0-9a-f]{64})", capsys.readouterr().out)[1]
    before = hall.files()
    wrong = hall.at("15:00")("replayed", SERIAL, "notary", "0" * 64)
    assert "D111" in wrong
    assert digest not in wrong
    assert "D049" in hall("replayed", SERIAL, "mayor", digest)
    assert "D047" in hall("replayed", SERIAL, "notary", digest[1:])
    assert hall.files() == before
    grouped = " ".join(digest[at : at + 4] for at in range(0, 64, 4))
    assert "已记入留痕：公证的复算摘要" in hall("replayed", SERIAL, "notary", grouped)
    assert "尚未登记复算摘要：纪检监察（discipline）、市场主体代表（enterprise）。" in hall("status")
    for name in WITNESSES:
        hall("replayed", SERIAL, name, digest)
    before = hall.files()
    assert "未作任何改动" in hall("replayed", SERIAL, "notary", digest)
    assert "D112" in hall("replayed", SERIAL, "notary", "0" * 64)
    assert hall.files() == before
    assert "复算摘要" not in hall("status")
    assert verify.main([str(evidence.evidence_folders(hall.folders, YEAR)[0])]) == 0
    assert "on record of: notary, discipline, enterprise" in capsys.readouterr().out
    result = run(hall.warehouse, hall.county)
    assert all(one.passed for one in result.get_asset_check_evaluations())


def test_a_step_done_again_says_so_and_changes_nothing(hall: Hall):
    for clock, words in hall.steps():
        hall.at(clock)(*words)
        before = hall.files()
        if words[0] != "run":
            assert "未作任何改动" in hall.at(clock)(*words)
        assert hall.files() == before
    before = hall.files()
    assert "未作任何改动" in hall("run", SERIAL)
    assert hall.files() == before


class CrashError(Exception):
    """The power fails."""


def test_a_crash_in_any_step_leaves_the_round_after_the_last_whole_step(hall: Hall, monkeypatch):
    for clock, words in hall.steps():
        before = hall.at(clock)("status")
        for written in range(4):
            with monkeypatch.context() as broken:
                fsync, count = os.fsync, iter(range(written))

                def fail(file: int, fsync=fsync, count=count) -> None:
                    if next(count, None) is None:
                        raise CrashError
                    fsync(file)

                broken.setattr(os, "fsync", fail)
                try:
                    hall(*words)
                except CrashError:
                    assert hall("status") == before
                else:
                    # The step writes fewer files than that.
                    break
        assert "D" not in hall(*words)[:1]
        assert not list(hall.folders.sealed(YEAR).rglob(".*.part"))
    assert verify.main([str(hall.folders.draws(YEAR) / SERIAL)]) == 0


def test_a_crash_in_a_substitution_leaves_the_round_as_it_was(hall: Hall, monkeypatch):
    hall.hold()
    lost = evidence.files_in(hall.folders.draws(YEAR) / SERIAL)["drawn.tsv"].decode().split("\t")[3]
    codes = [word for holder in HOLDERS for word in ("--code", a_code(19, holder))]
    for words in (["--reason", "已停业"], codes):
        before = evidence.evidence_of(hall.folders, YEAR)
        with monkeypatch.context() as broken:
            broken.setattr(os, "fsync", lambda _file: (_ for _ in ()).throw(CrashError))
            with pytest.raises(CrashError):
                hall("substitute", SERIAL, "T001", lost, *words)
        assert evidence.evidence_of(hall.folders, YEAR) == before
        assert "已记入留痕" in hall("substitute", SERIAL, "T001", lost, *words)
        assert "未作任何改动" in hall("substitute", SERIAL, "T001", lost, *words)
    assert verify.main([str(evidence.evidence_folders(hall.folders, YEAR)[0])]) == 0


def test_a_database_that_a_viewer_holds_is_told_and_nothing_is_begun(hall: Hall, monkeypatch):
    def held(*_args, **_named):
        raise dg.RetryRequested

    monkeypatch.setattr(pipelines.ceremony, "begin_attempt", held)
    assert "C005" in hall(*FREEZE)
    assert not hall.folders.ceremonies(YEAR).exists()


def test_a_void_attempt_is_frozen_anew_under_the_same_round(hall: Hall):
    steps = list(hall.steps())
    for clock, words in steps[:6]:
        hall.at(clock)(*words)
    # The last witness does not reveal.
    assert "D045" in hall.at("10:00")(*steps[6][1])
    assert "D090" in hall("beacon", SERIAL, "1", "--again", "1")
    assert "D105" in hall("void", SERIAL, "--reason", " ")
    assert "另行冻结" in hall("void", SERIAL, "--reason", "公证人员未揭示")
    again = [*FREEZE]
    again[2] = "2027-02-26 15:00"
    assert "510923-2027-01-2" in hall.at("13:00")(*again)
    run(hall.warehouse, hall.county)
    assert hall.warehouse.read(Rounds, YEAR)["state"].to_list() == ["void"]


def test_one_attempt_is_open_at_a_time_and_what_is_frozen_stays(hall: Hall):
    hall(*FREEZE)
    later = [*FREEZE]
    later[2] = "2027-02-26 11:00"
    assert "D099" in hall(*later)


@pytest.mark.parametrize(
    ("code", "day", "moment"),
    [
        ("D095", "2027-02-19", "2027-02-26 10:00"),
        ("D096", "2027-02-26", "2027-03-01 10:00"),
        ("D097", "2027-02-26", "2027-02-26 08:59"),
        ("D097", "2027-02-26", "2027-02-30 10:00"),
        ("D097", "2027-02-26", "2027-02-26 10:00\r"),
    ],
)
def test_a_freeze_at_a_wrong_time_is_refused(hall: Hall, code, day, moment):
    hall.at("09:00", day)
    words = [*FREEZE]
    words[2] = moment
    assert code in hall(*words)
    assert not hall.folders.ceremonies(YEAR).exists()


def test_a_plan_unsigned_changed_or_taken_back_is_not_frozen(hall: Hall):
    log = hall.folders.decisions(YEAR)
    text = log.read_text("utf-8")
    log.unlink()
    assert "P061" in hall(*FREEZE)
    log.write_text(text, "utf-8")
    fill(hall.warehouse, ROWS[:-1], is_signed=False)
    assert "P062" in hall(*FREEZE)


def test_nobody_commits_to_a_plan_whose_signature_was_taken_back(hall: Hall):
    (_, freeze), (_, commit), *_ = hall.steps()
    hall(*freeze)
    hall.folders.decisions(YEAR).write_text("", "utf-8")
    assert "P061" in hall(*commit)


def test_days_nobody_declared_are_not_frozen(hall: Hall):
    (hall.county_folder / "calendar.csv").write_text("date,is_workday,state,note\n", "utf-8")
    assert "D071" in hall(*FREEZE)


def test_a_demonstration_has_no_real_round(hall: Hall, repository):
    shutil.copy(repository / "county" / "county.toml", hall.county_folder)
    shutil.copy(repository / "county" / "calendar.csv", hall.county_folder)
    assert "D100" in hall("status")


@pytest.mark.parametrize("serial", ["510923-2027-01-9", "nonsense", "../../etc", "510923-2027-01-1\r"])
def test_an_attempt_nobody_began_is_refused(hall: Hall, serial):
    assert "D102" in hall("run", serial)


@pytest.mark.parametrize("value", ["", "0" * 63, "0" * 65, "O" * 64, "０" * 64, "0" * 64 + "\r"])
def test_a_commitment_that_is_not_64_digits_is_refused_and_nothing_is_written(hall: Hall, value):
    hall(*FREEZE)
    before = hall.files()
    assert re.match("D04[78]", hall("commit", SERIAL, "discipline", value))
    assert hall.files() == before


def test_the_status_names_rounds_that_wait(hall: Hall):
    said = hall.at("09:00", "2027-02-26")("status")
    assert f"{SERIAL}  待抽取：2027-02-26（已到抽取日），任务 T001、T003" in said


def test_minutes_are_written_to_sign_before_the_reveals_and_after_the_draw(hall: Hall):
    said = [hall.at(clock)(*words) for clock, words in hall.steps()]
    assert ["draw minutes" in one for one in said] == [*[False] * 3, True, *[False] * 4, True]
    assert "抽取记录" in hall("minutes", SERIAL)
    written = sorted(path.name for path in hall.folders.minutes(YEAR).iterdir())
    assert written == [f"{SERIAL}-抽取{when}.{form}" for when in "前后" for form in ("docx", "pdf")]


def test_without_chinese_fonts_there_are_word_minutes_and_a_line_that_says_why(hall: Hall, monkeypatch):
    hall.hold()
    hall("minutes", SERIAL)
    monkeypatch.setattr(pipelines.printing, "installed", lambda: chosen({}))
    said = hall("minutes", SERIAL)
    assert said.count("没有 PDF，只有 Word 文件：W001") == 1
    assert "fonts-noto-cjk" in said
    # What an earlier run wrote would be of another state.
    assert {path.suffix for path in hall.folders.minutes(YEAR).iterdir()} == {".docx"}


def test_witnesses_get_a_page_and_a_file_that_stand_alone(tmp_path):
    result = CliRunner().invoke(app, ["draw", "handout", str(tmp_path / "stick")])
    assert result.exit_code == 0
    assert sorted(path.name for path in (tmp_path / "stick").iterdir()) == ["witness.html", "witness.py"]


def test_dagster_does_not_take_an_open_attempt_for_a_void_one(hall: Hall):
    hall(*FREEZE)
    result: dg.ExecuteInProcessResult = run(hall.warehouse, hall.county)
    assert hall.warehouse.read(Rounds, YEAR).is_empty()
    assert result.success
