"""The demonstration county's whole year, run once as a user runs it, then looked at from all sides."""

import datetime as dt
import hashlib
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from onevisit.codes import is_id_card, is_uscc
from onevisit.demo.generator import demonstration_county
from onevisit.filings.tables import FiledRows
from onevisit.tables import STAGES, models_of, stage_of, table_of
from tests.faults.reproduce import ELSEWHERE, copied
from tests.onevisit.supervision import recall

YEAR = 2027
ENTITIES = 800


def onevisit(
    *arguments: object, program: Path = Path(__file__).parents[2], **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from pipelines.cli import app; app()", *map(str, arguments)],
        env={**os.environ, "COLUMNS": "160", **environment},
        cwd=program,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    data = tmp_path_factory.mktemp("demonstration")
    done = onevisit("demo", "--entities", ENTITIES, "--data", data)
    assert done.returncode == 0, done.stdout + done.stderr
    return data, done


@pytest.fixture(scope="module")
def data(run):
    return run[0]


@pytest.fixture(scope="module")
def exported(data):
    def read(name: str) -> pl.DataFrame:
        return pl.read_parquet(data / "exports" / str(YEAR) / f"{name}.parquet")

    return read


def fingerprints(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_run_ends_with_the_years_figures_and_where_to_look(run, county):
    _, done = run
    for text in ("检查对象", "tasks before -> after merging", "visits saved", *county.department_names):
        assert text in done.stdout
    for place in ("index.html", "年度抽查计划审核表.xlsx", "两库督查报告.html"):
        [path] = re.findall(rf"\S*{re.escape(place)}", done.stdout)
        assert Path(path).is_file()
    assert "Traceback" not in done.stdout + done.stderr


def test_every_table_is_exported_and_keeps_its_contract(exported, county):
    for stage in STAGES:
        for model in models_of(stage):
            if model is not FiledRows:
                model.validate(exported(f"{stage_of(model)}.{table_of(model)}"), lazy=True)
    for department in county.departments:
        FiledRows.validate(exported(f"filings.{department.key}"), lazy=True)


def test_no_stage_is_empty(exported):
    for name in (
        "registries.objects",
        "registries.inspectors",
        "registries.experts",
        "registries.interests",
        "registries.signals",
        "plan.tasks",
        "plan.proposals",
        "plan.refused",
        "plan.conflicts",
        "plan.decisions",
        "draw.drawn",
        "draw.substitutes",
        "draw.trail",
        "visits.visits",
        "visits.teams",
        "visits.alternates",
        "visits.recusals",
        "results.findings",
        "results.refused",
        "results.other_checks",
        "results.indicators",
        "results.problem_rates",
        "results.feedback",
        "results.corrections",
        "results.disposals",
        "results.overdue",
        "publish.public_drawn",
        "publish.public_results",
        "publish.released",
        "supervision.problems",
        "supervision.expectations",
    ):
        assert exported(name).height > 0, name


@pytest.fixture(scope="module")
def truth(county):
    return demonstration_county(county, year=YEAR, entities=ENTITIES, seed=county.demonstration.seed).truth


@pytest.fixture(scope="module")
def failing(data, county):
    return recall.failing(data / "exports" / str(YEAR), county, year=YEAR, today=county.demonstration.today)


@pytest.mark.parametrize("key", recall.BY_RECORD)
def test_the_review_finds_every_slip_in_the_lists_of_objects(truth, failing, exported, key):
    planted = recall.planted(truth, key)
    assert planted
    assert planted <= failing[key]
    measure = exported("supervision.scores").filter(pl.col("key") == key, pl.col("department") == "全县")
    assert measure.select(pl.col("denominator") - pl.col("numerator")).item() >= len(failing[key])


def test_the_review_finds_every_certificate_that_is_over(truth, failing, county):
    planted = recall.expired(truth, county.demonstration.today)
    assert planted
    assert planted <= failing["inspectors.certificate_valid"]


def test_the_review_names_every_drifted_item_every_refused_line_and_every_spoilt_plan_row(truth, exported):
    listed = exported("supervision.problems").filter(~pl.col("is_unmet"))

    def found(*rules: str) -> list[str | None]:
        return listed.filter(pl.col("rule").is_in(rules))["record"].to_list()

    assert set(truth.drifted_items) <= set(found("与省级清单一致"))
    # The scripted reviewer names the item of a partner without one.
    spoilt = {number for number, row in truth.plan_rows if row.fault not in ("", "partner_without_item")}
    assert spoilt <= set(found("计划行通过审核", "配合事项无冲突"))
    faults = sum(bool(one.fault) for _, one in (*truth.records, *truth.listings))
    assert len(found("报送行采用")) >= faults > 0


def test_only_what_was_approved_is_public_and_corrections_show_both_days(exported):
    findings, public = exported("results.findings"), exported("publish.public_results")
    approved = findings.filter(pl.col("audit_state").is_in(["approved", "withdrawn"]))
    assert public.height <= approved.height < exported("visits.obligations").height
    assert {"objection", "error", "withdrawal"} == set(exported("results.corrections")["kind"])
    corrected = public.drop_nulls("corrected_on")
    assert corrected.height > 0
    assert corrected.filter(pl.col("corrected_on") < pl.col("published_on")).is_empty()


def test_rows_read_are_rows_kept_plus_rows_refused(exported):
    accounting = exported("filings.accounting")
    assert accounting.filter(pl.col("read_count") != pl.col("kept_count") + pl.col("refused_count")).is_empty()
    assert accounting["refused_count"].sum() > 0


def test_merging_leaves_fewer_tasks_than_rows_and_visits_are_saved(exported):
    assert exported("plan.tasks").height < exported("plan.submitted").height
    on_site = exported("visits.obligations").filter("is_on_site")
    apart = on_site.select("object_id", "plan_row_id", "department").unique().height
    assert exported("visits.visits").height < apart


def test_every_attempt_has_its_minutes_as_word_and_pdf(run, exported):
    data, done = run
    folder = data / "bureau" / str(YEAR) / "抽取记录"
    names = [f"{serial}-抽取{when}" for serial in exported("draw.rounds")["serial"] for when in "前后"]
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        f"{n}.{form}" for n in names for form in ("docx", "pdf")
    )
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in folder.iterdir())
    assert str(folder) in done.stdout
    assert "没有 PDF" not in done.stdout


def test_departments_know_who_goes_where_and_some_teams_have_their_papers(run, exported):
    data, done = run
    bureau = data / "bureau" / str(YEAR)
    books, papers = list((bureau / "部门入户安排").iterdir()), list((bureau / "入户检查卷宗").glob("*/*"))
    assert {path.stem for path in books} == set(exported("visits.visits").explode("departments")["departments"])
    assert len({path.stem for path in papers}) * 2 == len(papers) == 20
    assert {stat.S_IMODE(path.stat().st_mode) for path in [*books, *papers]} == {0o600}
    assert str(bureau / "入户检查卷宗") in done.stdout


def test_rounds_are_open_and_witnessed_and_every_evidence_folder_verifies_alone(data, exported, tmp_path):
    rounds = exported("draw.rounds")
    assert set(rounds["disclosure"]) == {"open", "witnessed"}
    for serial in rounds.filter(pl.col("state") == "drawn")["serial"]:
        evidence = max((data / "sealed" / str(YEAR) / "draws").glob(f"{serial}*"))
        alone = subprocess.run(
            [sys.executable, "-I", str(evidence / "verify.py"), str(evidence)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert alone.returncode == 0, alone.stdout + alone.stderr
        assert "replayed step by step" in alone.stdout


def test_a_rerun_never_draws_again_and_changes_no_byte(data, tmp_path):
    before = fingerprints(data / "exports"), fingerprints(data / "sealed"), fingerprints(data / "public")
    again = onevisit("run", "all", "--year", YEAR, "--data", data)
    assert again.returncode == 0, again.stdout + again.stderr
    after = fingerprints(data / "exports"), fingerprints(data / "sealed"), fingerprints(data / "public")
    assert after == before


def test_another_copy_of_the_program_on_a_machine_set_up_otherwise_gives_the_same_bytes(data, tmp_path):
    """Other folder, locale, time zone, hash seed and thread count; `make faults` also takes another day."""
    program, made = copied(tmp_path / "夹 with blanks" / "program"), tmp_path / "data"
    other = onevisit("demo", "--entities", ENTITIES, "--data", made, program=program, **ELSEWHERE)
    assert other.returncode == 0, other.stdout + other.stderr
    assert fingerprints(made / "public") == fingerprints(data / "public")
    assert fingerprints(made / "exports") == fingerprints(data / "exports")


def test_sealed_files_are_for_their_owner_alone(data):
    for path in (data / "sealed").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_all_but_the_public_site_and_what_departments_hand_in_is_its_owner_s_alone(data):
    handed_in_or_public = {"inbox", "pools", "public"}
    for top in data.iterdir():
        if top.name in handed_in_or_public or top.name == "run.lock":
            continue
        # Whoever cannot enter Dagster's folder reads nothing in it.
        kept = [top] if top.name == "dagster" else [path for path in (top, *top.rglob("*")) if path.is_file()]
        for path in kept:
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def public_texts(data: Path) -> dict[str, str]:
    texts: dict[str, str] = {}
    for path in sorted((data / "public").rglob("*")):
        if path.suffix == ".xlsx":
            sheets = openpyxl.load_workbook(path).worksheets
            texts[str(path)] = "\n".join(str(cell) for sheet in sheets for row in sheet.values for cell in row)
        elif path.suffix == ".parquet":
            texts[str(path)] = pl.read_parquet(path).cast(pl.String, strict=False).write_csv()
        elif path.suffix in (".zip", ".docx"):
            with zipfile.ZipFile(path) as parts:
                texts |= {f"{path}/{name}": parts.read(name).decode("utf-8-sig") for name in parts.namelist()}
        elif path.is_file():
            texts[str(path)] = path.read_text("utf-8-sig")
    return texts


def test_nothing_personal_is_public(data, exported):
    persons = exported("registries.inspectors")
    numbers = set(persons["certificate_no"].drop_nulls()) | set(exported("registries.objects")["phone"].drop_nulls())
    for name, text in public_texts(data).items():
        for token in re.findall(r"(?<![0-9A-Za-z])[0-9]{11,18}[0-9X]?(?![0-9A-Za-z])", text):
            assert token not in numbers, (name, "certificate or phone")
            assert not is_id_card(token) or is_uscc(token), (name, "ID number")
            assert not re.fullmatch(r"1[3-9][0-9]{9}", token), (name, "mobile number")


def test_nothing_personal_is_printed_or_kept_in_the_runs_history(run, exported):
    data, done = run
    persons = exported("registries.inspectors")
    secrets = set(persons["certificate_no"].drop_nulls()) | set(persons["person_key"].drop_nulls())
    secrets |= {
        phone for phone in exported("registries.objects")["phone"].drop_nulls() if len(phone) >= 11 and "*" not in phone
    }
    history = b"".join(path.read_bytes() for path in (data / "dagster").rglob("*") if path.is_file())
    logs = (done.stdout + done.stderr).encode() + history
    for secret in secrets:
        assert secret.encode() not in logs
    numbers = {number.decode() for number in re.findall(rb"(?<![0-9A-Za-z])[1-9][0-9]{16}[0-9X](?![0-9A-Za-z])", logs)}
    assert not {number for number in numbers if is_id_card(number) and not is_uscc(number)}


def test_a_witnessed_round_shows_no_sealed_file(data, exported):
    witnessed = exported("draw.rounds").filter(pl.col("disclosure") == "witnessed")["serial"].to_list()
    for serial in witnessed:
        folder = data / "public" / str(YEAR) / "draws" / serial
        names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
        of_people = {name.rpartition("/")[2] for name in names if "/" in name}
        assert of_people <= {"MANIFEST", "seats.tsv"}
        assert not names & {
            "MANIFEST",
            "objects.tsv",
            "scope.tsv",
            "plan.tsv",
            "history.tsv",
            "drawn.tsv",
            "batches.tsv",
        }


def test_in_the_middle_of_the_year_only_what_its_day_has_come_for_is_public(data, tmp_path, repository):
    copy = shutil.copytree(data, tmp_path / "data")
    county = shutil.copytree(repository / "county", tmp_path / "county")
    settings = (county / "county.toml").read_text("utf-8")
    (county / "county.toml").write_text(settings.replace("today = 2027-12-10", "today = 2027-06-01"), "utf-8")
    done = onevisit("run", "publish", "--year", YEAR, "--data", copy, "--county", county)
    assert done.returncode == 0, done.stdout + done.stderr

    day = dt.date(2027, 6, 1)
    tasks = pl.read_parquet(copy / "exports" / str(YEAR) / "plan.tasks.parquet")
    listed = pl.read_parquet(copy / "exports" / str(YEAR) / "publish.public_drawn.parquet").join(tasks, on="task_id")
    assert listed["starts_on"].min() <= day
    assert listed.filter(pl.col("starts_on") > day).is_empty()
    rounds = pl.read_parquet(copy / "exports" / str(YEAR) / "draw.rounds.parquet").filter(pl.col("state") == "drawn")
    for serial, opens in rounds.select("serial", "locked_until").iter_rows():
        shown = copy / "public" / str(YEAR) / "draws" / serial
        assert (shown / "SEED").exists() == (opens <= day), serial
        assert (shown / "drawn.tsv").exists() <= (opens <= day), serial


def test_status_tells_what_is_filed_and_what_waits(data, county):
    shown = onevisit("status", "--year", YEAR, "--data", data)
    assert shown.returncode == 0
    assert all(name in shown.stdout for name in county.department_names)
    assert "待改正后重报" in shown.stdout


def test_a_plan_without_its_sign_off_is_not_drawn(data, tmp_path, repository):
    copy = shutil.copytree(data, tmp_path / "data")
    shutil.rmtree(copy / "sealed" / str(YEAR) / "draws")
    county = shutil.copytree(repository / "county", tmp_path / "county")
    log = copy / "sealed" / str(YEAR) / "decisions.jsonl"
    records = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    assert any(record["kind"] == "approve" for record in records)
    log.write_text("", "utf-8")
    refused = onevisit("run", "draw", "--year", YEAR, "--data", copy, "--county", county)
    assert refused.returncode == 1
    assert "P0" in refused.stderr
    assert not any((copy / "sealed" / str(YEAR)).glob("draws/*/SEED"))
