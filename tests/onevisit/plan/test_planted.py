"""A whole county's plans with known mistakes: each is refused or named, and no sound row is refused.

The county lists its items of record with other limits than the demonstration county's, so the list
is made of its own filed lists; who is one object is taken from its truth.
"""

import json
import re
from pathlib import Path

import polars as pl
import pytest

from onevisit.county import County
from onevisit.filings.intake import Document, file_department
from onevisit.filings.rows import rows_of
from onevisit.plan.rows import Judged, judge_plan
from onevisit.plan.tasks import form_tasks
from tests.onevisit.plan import samples

pytestmark = pytest.mark.shared

CODES = {
    "over_cap": "P040",
    "ratio_missing": "P010",
    "window_reversed": "P022",
    "window_out_of_year": "P023",
    "item_not_listed": "P003",
    "partner_outside": "P050",
}
LIVING = ["存续", "在业", "开业"]


def kept(county: County, inbox: Path, kind: str) -> pl.DataFrame:
    title = {"plan": "年度抽查计划", "items": "随机抽查事项清单", "objects": "检查对象名录", "credit": "信用风险分类"}[
        kind
    ]
    frames = [
        file_department(
            department,
            [Document(path.name, path.read_bytes()) for path in sorted((inbox / department.name).glob(f"{title}*"))],
            county,
            secret="0" * 64,
        )
        for department in county.departments
    ]
    return rows_of(kind, frames)


def limit(text: str | None) -> int | None:
    match = re.match(r"不超过([0-9.]+)([%‰])", text or "")
    return round(float(match[1]) * {"%": 100, "‰": 10}[match[2]]) if match else None


@pytest.fixture(scope="module")
def registries(county: County, shared: Path) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Items, objects and their sources, as far as judging plan rows needs them."""
    home = shared / "data" / "linkage-dev"
    inbox = home / "inbox" / "2027"
    truth = pl.read_csv(home / "truth.csv").select(source_id="rec_id", object_id="entity_id")
    records = kept(county, inbox, "objects").join(truth, on="source_id")
    classes = kept(county, inbox, "credit").unique("code", keep="first", maintain_order=True)
    found_in = pl.concat_str("town", "address", separator=" ", ignore_nulls=True)
    objects = (
        records.join(classes.select("code", "credit_class"), on="code", how="left")
        .group_by("object_id", maintain_order=True)
        .agg(
            is_living=(pl.col("status").is_null() | pl.col("status").is_in(LIVING)).all(),
            town=found_in.str.extract(f"({'|'.join(county.towns)})").drop_nulls().first(),
            credit_class=pl.col("credit_class").drop_nulls().first().fill_null("N"),
            object_kind=pl.lit("其他"),
        )
    )
    tags = pl.col("tags").fill_null("").str.split("、").list.eval(pl.element().filter(pl.element() != ""))
    items = kept(county, inbox, "items").with_columns(
        tier=pl.when(pl.col("tier").str.contains("重点")).then(pl.lit("key")).otherwise(pl.lit("general")),
        ratio_max_bp=pl.col("ratio_text").map_elements(limit, return_dtype=pl.Int64),
        frequency_max=pl.lit(None, pl.Int64),
    )
    return items, objects, records.select("object_id", "department", tags)


@pytest.fixture(scope="module")
def planted(shared: Path) -> dict[str, str]:
    return dict(json.loads((shared / "data" / "linkage-dev" / "planted.json").read_text("utf-8"))["faults"])


@pytest.fixture(scope="module")
def judged(county: County, shared: Path, registries) -> Judged:
    items, objects, sources = registries
    filed = kept(county, shared / "data" / "linkage-dev" / "inbox" / "2027", "plan")
    return judge_plan(
        filed,
        items=items,
        objects=objects,
        sources=sources,
        own_limits={},
        rulings=samples.rulings(),
        county=county,
        year=2027,
    )


def test_every_planted_mistake_is_named_for_what_it_is(judged: Judged, planted: dict[str, str]):
    named = set(judged.refused.select("plan_row_id", "code").rows())
    named |= set(judged.conflicts.select("plan_row_id", "code").rows())
    assert {(row, CODES[mistake]) for row, mistake in planted.items()} <= named


def test_no_sound_row_is_refused(judged: Judged, planted: dict[str, str]):
    refused = {row for row, mistake in planted.items() if mistake != "partner_outside"}
    assert set(judged.refused["plan_row_id"]) == refused
    assert judged.submitted.height == 157 - len(refused)


def test_conflicts_on_sound_rows_are_partners_without_an_item_or_key_rows_off_their_list_s_ratio(
    judged: Judged, planted: dict[str, str]
):
    sound = judged.conflicts.filter(~pl.col("plan_row_id").is_in(list(planted)))
    listed = sound.filter(pl.col("kind").is_in(["listed_ratio", "listed_least"]))
    assert set(listed.join(judged.submitted, on="plan_row_id")["tier"]) == {"key"}
    assert set(sound["kind"]) - set(listed["kind"]) == {"partner_without_item"}


def test_merging_saves_a_third_of_the_doors(judged: Judged, registries, county: County):
    _, objects, _ = registries
    steps = samples.merged(
        judged.submitted, scope=judged.scope, objects=objects, rules=county.plan, days=county.working_days(2027)
    )
    tasks = form_tasks(judged.submitted, scope=judged.scope, objects=objects, proposals=steps).filter("is_on_site")
    assert tasks["expected_visits"].sum() < 0.67 * tasks["visits_apart"].sum()
