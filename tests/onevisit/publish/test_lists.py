"""The public tables: nothing before its day, no risk class, and the draw's list as the draw gave it."""

import datetime as dt

import polars as pl
import pytest

from onevisit.publish import lists
from onevisit.publish.site import site_pages
from onevisit.publish.tables import (
    PublicChanges,
    PublicDrawn,
    PublicItems,
    PublicPlan,
    PublicResults,
    PublicRounds,
    PublicSupervision,
    PublicVersions,
)
from onevisit.supervision.tables import Scores
from onevisit.tables import columns_of
from tests.onevisit.publish.counties import TODAY, Made, made, public_tables, rows_of, site_of

MODELS = {
    "items": PublicItems,
    "plan": PublicPlan,
    "versions": PublicVersions,
    "changes": PublicChanges,
    "rounds": PublicRounds,
    "drawn": PublicDrawn,
    "results": PublicResults,
    "supervision": PublicSupervision,
}


@pytest.fixture(scope="module")
def county() -> Made:
    return made()


def test_every_public_table_keeps_its_contract(county: Made):
    for key, frame in public_tables(county).items():
        MODELS[key].validate(frame, lazy=True)
        assert frame.height > 0


def test_a_drawn_list_is_public_from_the_day_its_window_opens_and_not_before(county: Made):
    first = county.tasks.filter(pl.col("task_id") == "T001")["starts_on"].item()
    before = public_tables(county, first - dt.timedelta(days=1))
    on_the_day = public_tables(county, first)
    assert before["drawn"].is_empty()
    assert before["results"].is_empty()
    assert on_the_day["drawn"]["task_id"].unique().to_list() == ["T001"]


def test_changes_of_the_public_plan_are_told_and_a_basis_that_moved_is_none(county: Made):
    tables = public_tables(county)
    last = tables["plan"].tail(1)
    changes = tables["changes"].select("task_id", "change", "column", "after").rows()
    assert changes == [
        ("T000", "取消", None, None),
        ("T001", "调整", "结束日期", str(tables["plan"]["ends_on"][0])),
        (last["task_id"].item(), "新增", None, last["name"].item()),
    ]
    assert tables["changes"]["task_name"][0] == "取消的任务"
    assert lists.public_changes([(1, tables["plan"])]).is_empty()


def test_no_class_ratio_and_no_signer_is_in_versions_or_changes(county: Made):
    tables = public_tables(county)
    words = tables["changes"].write_csv() + tables["versions"].write_csv()
    assert "类" not in words.replace(lists.BY_CLASS, "")
    assert not {"by", "why", "role"} & {*PublicVersions.to_schema().columns}


def test_seed_trail_and_count_wait_for_the_last_window_of_the_round(county: Made):
    rounds = public_tables(county)["rounds"]
    open_round, locked_round = rounds.iter_rows(named=True)
    assert open_round["locked_until"] <= TODAY < locked_round["locked_until"]
    assert open_round["seed"] == "e" * 64
    [held] = county.rounds.filter(pl.col("serial") == open_round["serial"]).iter_rows(named=True)
    assert open_round["drawn_count"] == held["drawn_count"]
    assert [locked_round[name] for name in ("seed", "trail_head", "drawn_count")] == [None, None, None]
    assert locked_round["commitment"] == "c" * 64


def test_a_void_attempt_is_announced_and_lists_nobody(county: Made):
    void = county.rounds.with_columns(state=pl.lit("void"), seed=pl.lit(None, pl.String))
    tables = public_tables(Made({**county.frames, "rounds": void}))
    assert tables["rounds"]["state"].unique().to_list() == ["已作废"]
    assert tables["drawn"].is_empty()


def test_whoever_dropped_out_stays_on_the_list_and_the_substitute_is_marked(county: Made):
    [swap] = county.substitutes.iter_rows(named=True)
    listed = public_tables(county)["drawn"].filter(pl.col("task_id") == swap["task_id"])
    lost = listed.row(by_predicate=pl.col("object_id") == swap["lost_id"], named=True)
    new = listed.row(by_predicate=pl.col("object_id") == swap["new_id"], named=True)
    assert (lost["is_lost"], lost["batch"], lost["is_substitute"]) == (True, None, False)
    assert (new["is_lost"], new["batch"], new["is_substitute"]) == (False, 1, True)
    assert listed.filter("is_lost").height == listed.filter("is_substitute").height == 1


def test_an_object_that_left_the_registry_stays_on_the_list(county: Made):
    gone = county.drawn["object_id"][3]
    fewer = Made({**county.frames, "objects": county.objects.filter(pl.col("object_id") != gone)})
    full, listed = public_tables(county)["drawn"], public_tables(fewer)["drawn"]
    assert listed.height == full.height
    assert listed.filter(pl.col("object_id") == gone)["name"].unique().to_list() == [lists.GONE]


def test_a_project_is_listed_with_who_answers_for_it(county: Made):
    project, builder = county.drawn["object_id"][3], county.drawn["object_id"][0]
    answers = pl.when(pl.col("object_id") == project).then(pl.lit(builder)).alias("subject_id")
    listed = public_tables(Made({**county.frames, "objects": county.objects.with_columns(answers)}))["drawn"]
    [name] = county.objects.filter(pl.col("object_id") == builder)["name"]
    assert set(listed.filter(pl.col("object_id") == project)["subject"]) == {name}
    assert listed.filter(pl.col("object_id") != project)["subject"].is_null().all()


@pytest.mark.parametrize(
    ("is_by_class", "filed", "shown"),
    [
        (False, "5%", "5%"),
        (False, "不少于8户", "不少于8户"),
        (True, "A类2%，D类50%", lists.BY_CLASS),
        (True, "5%", lists.BY_CLASS),
        (False, "D类全查", lists.BY_CLASS),
        (False, "按信用等级3%-20%", lists.BY_CLASS),
    ],
)
def test_a_ratio_that_tells_classes_apart_is_said_in_words(is_by_class: bool, filed: str, shown: str):
    frame = pl.DataFrame({"is_by_class": [is_by_class], "ratio_in_force": [filed]})
    assert frame.select(lists.public_ratio()).item() == shown


def test_no_column_of_a_public_table_holds_a_class_a_ticket_or_free_words():
    columns = {column.name for model in MODELS.values() for column in columns_of(model)}
    assert not columns & {"stratum", "ticket", "credit_class", "rate_bp", "problem", "person_id", "legal_rep", "phone"}


def test_a_result_is_public_only_for_somebody_on_the_public_list(county: Made):
    tables = public_tables(county)
    assert tables["results"].join(tables["drawn"], on=["task_id", "object_id"], how="anti").is_empty()
    assert 0 < tables["results"].height == county.findings.height
    none = lists.public_results(county.findings, tables["drawn"].clear(), county.tasks, county.items)
    assert none.is_empty()


def test_the_order_of_rows_is_of_no_account(county: Made):
    shuffled = Made({name: frame.sample(fraction=1, shuffle=True, seed=7) for name, frame in county.frames.items()})
    for key, frame in public_tables(county).items():
        assert public_tables(shuffled)[key].equals(frame), key


def test_only_approved_results_are_public_and_a_withdrawn_one_says_so(county: Made):
    drawn = public_tables(county)["drawn"]
    first, second = pl.int_range(pl.len()) == 0, pl.int_range(pl.len()) == 1
    state = pl.when(first).then(pl.lit("withdrawn")).when(second).then(pl.lit("checked")).otherwise("audit_state")
    corrected_on = pl.when(first).then(pl.lit(TODAY))
    found = county.findings.with_columns(audit_state=state, corrected_on=corrected_on)
    public = lists.public_results(found, drawn, county.tasks, county.items)
    assert public.height == found.height - 1
    assert public.drop_nulls("corrected_on")["result"].to_list() == [lists.WITHDRAWN]


def test_doors_are_counted_of_public_tasks_that_need_one_with_and_without_merging():
    drawn = pl.DataFrame({"task_id": ["T1", "T2", "T9"], "object_id": ["A", "A", "B"], "is_lost": [False, False, True]})
    owed = pl.DataFrame(
        [
            ("A", "T1", "P1", "V1"),
            ("A", "T1", "P2", "V1"),
            ("A", "T2", "P3", "V1"),
            ("A", "T2", "P4", None),  # needs no door
            ("A", "T3", "P5", "V2"),  # not public
            ("B", "T9", "P6", "V3"),  # dropped out
        ],
        schema=["object_id", "task_id", "plan_row_id", "visit_id"],
        orient="row",
    )
    assert lists.public_doors(owed, drawn).rows() == [("A", 3, 1)]


def test_a_share_of_the_review_has_no_digits_that_could_pass_for_a_number_of_a_person():
    scores = rows_of(
        Scores,
        [{"department": "全县", "registry": "objects", "key": "objects.name", "measure": "名称", "ratio": 131 / 132}],
    )
    assert lists.public_supervision(scores)["ratio"].to_list() == [0.9924]


def test_the_page_rounds_shares_of_the_review_down_as_its_report_does():
    page = site_pages(site_of(made()))["supervision.html"].decode()
    assert "98.3%" in page  # 118 of 120, and 60 of 61
    assert "98.4%" not in page
    assert '<td class="n">100%</td>' in page
