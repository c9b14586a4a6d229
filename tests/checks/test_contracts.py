import datetime as dt

import dagster as dg
import polars as pl
import pytest

from assets.catalogue import YEARS
from assets.folders import Folders
from assets.warehouse import Warehouse
from checks.contracts import breaches, contract
from checks.rules import rule
from onevisit.plan.tables import Calendar
from onevisit.registries.tables import Experts


def days(*states: str) -> pl.DataFrame:
    first = dt.date(2027, 1, 1)
    return pl.DataFrame(
        {
            "on": [first + dt.timedelta(days=n) for n in range(len(states))],
            "is_workday": True,
            "state": states,
            "note": "",
            "notice": "",
        },
        schema={"on": pl.Date, "is_workday": pl.Boolean, "state": pl.String, "note": pl.String, "notice": pl.String},
    )


def test_a_frame_as_the_model_says_breaks_nothing():
    assert breaches(Calendar, days("official", "sample")).is_empty()


def test_a_broken_value_is_named_with_its_column_and_record():
    broken = breaches(Calendar, days("official", "maybe"))
    assert broken.select("column", "value", "record").rows() == [("state", "maybe", "2027-01-02")]


def test_a_twice_named_day_breaks_the_contract():
    assert breaches(Calendar, pl.concat([days("official"), days("official")])).height == 2


def test_a_personal_value_that_breaks_a_contract_is_not_shown():
    frame = pl.DataFrame(
        {
            "expert_id": ["1"],
            "name": [None],
            "employer": [None],
            "specialty": ["旅馆"],
            "title": [None],
            "is_valid": [True],
        },
        schema_overrides={"name": pl.String, "employer": pl.String, "title": pl.String},
    )
    assert breaches(Experts, frame)["value"].to_list() == ["***"]


@dg.asset(key=["plan", "calendar"], partitions_def=YEARS)
def calendar(warehouse: dg.ResourceParam[Warehouse]) -> None:
    warehouse.replace(Calendar, days("maybe"), 2027)


@dg.asset(deps=[calendar], partitions_def=YEARS)
def downstream() -> None: ...


@rule(on=Calendar, reads=[Calendar], is_blocking=False)
def no_day_is_guessed(days):
    """Every day is official."""
    return days.filter(pl.col("state") != "official")


def materialize(tmp_path, *checks):
    return dg.materialize(
        [calendar, downstream, *checks],
        partition_key="2027",
        resources={"warehouse": Warehouse(Folders(tmp_path))},
        raise_on_error=False,
    )


def test_a_broken_contract_stops_what_comes_after(tmp_path):
    result = materialize(tmp_path, contract(Calendar))
    assert not result.success
    assert result.asset_materializations_for_node("downstream") == []


def test_a_rule_that_only_warns_lets_the_run_go_on(tmp_path):
    result = materialize(tmp_path, no_day_is_guessed)
    assert result.success
    [evaluation] = result.get_asset_check_evaluations()
    assert not evaluation.passed
    assert evaluation.metadata["broken_count"].value == 1


def test_the_judge_of_a_rule_can_be_asked_alone():
    assert no_day_is_guessed.judge(days("official", "sample")).height == 1


@pytest.mark.parametrize("states", [(), ("official",)])
def test_a_rule_without_offenders_passes(tmp_path, states):
    assert no_day_is_guessed.judge(days(*states)).is_empty()
