"""What happens outside the plan once it is signed, or is not: the sensor and the status."""

import datetime as dt
import json
from pathlib import Path

import dagster as dg
import pytest

import pipelines.status
from assets.decisions import append_decisions, read_decision_log
from assets.folders import Folders
from assets.warehouse import Warehouse
from onevisit.county import County
from onevisit.decisions import extended, parse_log
from onevisit.plan.signoff import demonstration_entries
from onevisit.plan.tables import Capacity, Lenders, Refused, Scope, Submitted, TaskItems, Tasks
from onevisit.publish.tables import PublicVersions
from onevisit.results.tables import FrequencyWarnings
from onevisit.tables import frame_of
from onevisit.visits.tables import Borrowing, Schedule, Shortages, Visits
from pipelines.sensors import signed_plan_sensor
from pipelines.settings import Settings
from pipelines.status import waits
from pipelines.summary import exported_fingerprint
from tests.onevisit.publish.counties import made
from tests.onevisit.results.made import warnings

YEAR = 2027


@pytest.fixture
def settings(tmp_path: Path, repository: Path) -> Settings:
    """A county whose plan is made and not signed."""
    held = Settings(county_folder=repository / "county", data=tmp_path)
    warehouse = Warehouse(held.folders)
    for model, frame in ((Submitted, made().submitted), (Tasks, made().tasks), (TaskItems, made().task_items)):
        warehouse.replace(model, frame, YEAR)
    warehouse.replace(Scope, frame_of(Scope, []), YEAR)
    return held


def sign(folders: Folders) -> str:
    """Sign the plan as exported; return the hash of the approval."""
    log = parse_log(read_decision_log(folders, YEAR))
    longer = extended(log, demonstration_entries(log, exported_fingerprint(folders, YEAR), YEAR))
    append_decisions(folders, YEAR, longer[len(log) :])
    return longer[-1].hash


def evaluate(settings: Settings, cursor: str | None = None) -> dg.SensorResult:
    return signed_plan_sensor(settings)(dg.build_sensor_context(cursor=cursor))


def test_the_bureau_is_told_when_too_many_are_visited_again_too_soon(settings: Settings, county: County):
    one = {"scope": "county", "object_id": None, "business_count": 4, "reason": "全县已有 4 户。", "fix": "请调整。"}
    Warehouse(settings.folders).replace(FrequencyWarnings, warnings({}, one), YEAR)
    told = [what for who, what in waits(settings.folders, county, YEAR) if who == county.bureau.name]
    assert "全县已有 4 户。请调整。 / 4 businesses were visited again too soon." in told


def test_a_signed_plan_is_published_once_per_approval(settings: Settings):
    waiting = evaluate(settings)
    assert not waiting.run_requests
    assert waiting.skip_reason.skip_message == "还没有签批"
    approval = sign(settings.folders)
    result = evaluate(settings, waiting.cursor)
    assert [(one.run_key, one.partition_key) for one in result.run_requests] == [(approval, "2027")]
    again = evaluate(settings, result.cursor)
    assert not again.run_requests
    assert again.cursor == result.cursor
    changed = made().tasks.with_columns(matching=made().tasks["matching"] + "。")
    Warehouse(settings.folders).replace(Tasks, changed, YEAR)
    stale = evaluate(settings, again.cursor)
    assert not stale.run_requests
    assert "还没有审核、签批" in stale.skip_reason.skip_message
    assert evaluate(settings, stale.cursor).cursor == again.cursor
    second = sign(settings.folders)
    assert [one.run_key for one in evaluate(settings, stale.cursor).run_requests] == [second]


def test_a_log_that_was_tampered_with_starts_nothing_and_is_told_once(settings: Settings):
    sign(settings.folders)
    log = settings.folders.decisions(YEAR)
    whole = log.read_text("utf-8")
    log.write_text(whole.replace("示例签批人", "某某"), "utf-8")
    result = evaluate(settings)
    assert not result.run_requests
    assert "P060" in result.skip_reason.skip_message
    evaluate(settings, result.cursor)
    [alert] = [json.loads(line) for line in settings.folders.alerts.read_text("utf-8").splitlines()]
    assert (alert["job"], "P060" in alert["message"], "某某" in alert["message"]) == ("plan_signed_off", True, False)
    log.write_text(whole, "utf-8")
    assert len(evaluate(settings, result.cursor).run_requests) == 1


def test_the_sensor_ships_stopped_and_draws_nothing(settings: Settings):
    sensor = signed_plan_sensor(settings)
    assert sensor.default_status == dg.DefaultSensorStatus.STOPPED
    assert sensor.job_name == "stage_publish"


@pytest.fixture
def told(settings: Settings, county: County, monkeypatch: pytest.MonkeyPatch):
    """What waits for whom, on a day of December."""
    monkeypatch.setattr(pipelines.status, "today", lambda _county: dt.date(2026, 12, 21))

    def tell() -> str:
        return "\n".join(f"{who}：{what}" for who, what in waits(settings.folders, county, YEAR))

    return tell


def test_status_tells_who_has_no_plan_and_how_many_days_are_left(settings: Settings, told):
    row = {"plan_row_id": "X", "department": "县财政局", "file": "a", "sheet": "b", "row": 4}
    Warehouse(settings.folders).replace(Refused, frame_of(Refused, [row]), YEAR)
    text = told()
    assert "县统计局：没有报送 2027 年度抽查计划；应于2026-12-31前完成，还有10天。" in text
    assert "县财政局：2027 年度抽查计划报了 1 行，全部退回；应于2026-12-31前完成，还有10天。" in text
    assert f"{made().submitted['department'][0]}：没有报送 2027 年度抽查计划" not in text


def test_status_tells_whether_the_plan_is_signed_and_public_and_what_cannot_be_done(settings: Settings, told):
    warehouse = Warehouse(settings.folders)
    short = [{"department": "县公安局", "visits_short": count} for count in (0, 4)]
    warehouse.replace(Capacity, frame_of(Capacity, short), YEAR)
    lent = [{"department": "县公安局", "pool": "邻县", "is_enough": is_enough} for is_enough in (True, False)]
    warehouse.replace(Lenders, frame_of(Lenders, lent), YEAR)
    assert "县公安局：其中 1 个时段邻县可以借人补足" in told()
    assert "县公安局：1 个时段人手不足" in told()
    assert "年度抽查计划还没有审核、签批" in told()
    sign(settings.folders)
    assert "年度抽查计划已签批，尚未公开；应于2026-12-31前完成，还有10天。" in told()
    public = {"version": 1, "is_current": True, "plan_fingerprint": exported_fingerprint(settings.folders, YEAR)}
    warehouse.replace(PublicVersions, frame_of(PublicVersions, [public]), YEAR)
    assert "年度抽查计划已签批" not in told()


def test_status_tells_which_visits_lack_people_have_no_day_or_start_late(settings: Settings, told):
    warehouse = Warehouse(settings.folders)
    led = [{"visit_id": f"0{n}", "lead_department": "县公安局"} for n in (1, 2)]
    days = [
        {"visit_id": "01", "late_tasks": []},
        {"visit_id": "02", "visit_on": dt.date(YEAR, 3, 8), "late_tasks": ["T7"]},
    ]
    short = [{"visit_id": "01", "department": "县统计局", "kind": kind} for kind in ("inspectors", "experts")]
    offers = [{"department": "县统计局", "pool": pool, "lent": 1} for pool in ("邻县", "邻县", None)]
    for model, rows in ((Visits, led), (Schedule, days), (Shortages, short), (Borrowing, offers)):
        warehouse.replace(model, frame_of(model, rows), YEAR)
    text = told()
    assert "县统计局：1 次入户缺专家" in text
    assert "县统计局：1 次入户缺检查人员" in text
    assert "县统计局：其中 2 次可向邻县商借，共 2 人次" in text
    assert "县公安局：1 次入户排不进日程" in text
    assert "县公安局：任务 T7 在抽取后五个工作日内没有入户" in text


def test_status_tells_which_near_visits_have_no_papers_and_which_were_moved(settings: Settings, told):
    warehouse = Warehouse(settings.folders)
    near, far = dt.date(2026, 12, 22), dt.date(2027, 3, 8)
    ids = [f"01-DY-0001-0{n}" for n in (1, 2, 3)]
    led: list[dict[str, object]] = [{"visit_id": one, "lead_department": "县公安局"} for one in ids]
    days: list[dict[str, object]] = [
        {"visit_id": one, "visit_on": on, "late_tasks": []} for one, on in zip(ids, (near, near, far), strict=True)
    ]
    days[2]["moved_from"] = near
    warehouse.replace(Visits, frame_of(Visits, led), YEAR)
    warehouse.replace(Schedule, frame_of(Schedule, days), YEAR)
    assert "县公安局：2 次入户在2026-12-28前（含当日）上门，尚未生成卷宗" in told()
    assert "县公安局：1 次入户临近又改期" in told()
    papers = settings.folders.dossiers(YEAR) / "县公安局"
    papers.mkdir(parents=True)
    (papers / "01-DY-0001-01 某店 0123abcd.docx").touch()
    assert "县公安局：1 次入户在2026-12-28前（含当日）上门" in told()


def test_status_counts_in_proper_english(settings: Settings):
    assert pipelines.status.counted(1, "visit has no day", "visits have no day") == "1 visit has no day"
    assert pipelines.status.counted(2, "visit has no day", "visits have no day") == "2 visits have no day"
