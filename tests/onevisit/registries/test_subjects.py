import polars as pl
import pytest

from onevisit.county import County
from onevisit.registries.objects import register
from onevisit.registries.subjects import with_own_codes
from onevisit.registries.tables import Signals
from onevisit.tables import frame_of
from tests.onevisit.registries.samples import as_one, objects, organisation, uscc

BUILDER = {"name": "大英县瑞丰建筑有限公司", "code": uscc(1, "91")}
PROJECT = {"name": "蓬莱镇下街综合楼工程", "entity_type": "项目"}
ID = uscc(1, "91")


def answering(county: County, *rows: dict[str, str | None]) -> tuple[str | None, list[str]]:
    """Return who answers for the last row's object, and the reasons told of it; each row is an object."""
    frame = with_own_codes(objects(*rows))
    ids = [row.get("code") or f"DY-{number}" for number, row in enumerate(rows[:-1])]
    found = register(frame, as_one(frame, county, *ids, "DY-9"), frame_of(Signals, []), county)
    [subject] = found.objects.filter(pl.col("object_id") == "DY-9")["subject_id"]
    told = found.fields.filter(pl.col("field") == "subject_id", pl.col("object_id") == "DY-9")
    return subject, told["why"].to_list()


@pytest.mark.parametrize(
    "named",
    [
        {"responsible_name": "瑞丰建筑有限责任公司"},
        {"responsible_code": ID.lower()},
        {"responsible_name": "瑞丰", "responsible_code": f" {ID}"},
        {"responsible_code": organisation(1)},
    ],
)
def test_a_project_answers_to_the_builder_it_names(county, named):
    assert answering(county, BUILDER, {**PROJECT, **named}) == (ID, ["没有其他值"])


def test_a_subject_nobody_knows_is_kept_with_the_reason(county):
    unknown = {**PROJECT, "responsible_name": "大英县无名建筑有限公司"}
    assert answering(county, BUILDER, unknown) == (None, ["名录库中没有这个主体，或者不止一个"])
    twin = {**BUILDER, "code": uscc(2, "91")}
    two = {**PROJECT, "responsible_name": BUILDER["name"]}
    assert answering(county, BUILDER, twin, two) == (None, ["名录库中没有这个主体，或者不止一个"])
    assert answering(county, BUILDER, PROJECT) == (None, [])


def test_no_thing_answers_for_another_and_none_for_itself(county):
    stage = {"name": "蓬莱镇下街综合楼二期工程", "entity_type": "项目"}
    assert answering(county, stage, {**PROJECT, "responsible_name": stage["name"]})[0] is None
    assert answering(county, {"name": "下街供水站", "responsible_name": "下街供水站"})[0] is None


def test_a_site_may_name_who_runs_it(county):
    assert answering(county, BUILDER, {"name": "下街供水站", "responsible_name": BUILDER["name"]})[0] == ID


@pytest.mark.parametrize("code", [uscc(1, "91"), organisation(1)])
def test_a_subjects_code_on_a_things_line_is_the_one_who_answers(county, code):
    moved = with_own_codes(objects({**PROJECT, "code": code}))
    assert moved.select("code", "responsible_code").rows() == [(None, code)]
    assert answering(county, BUILDER, {**PROJECT, "code": code})[0] == ID


def test_other_codes_stay_where_they_are(county):
    rows = objects(
        {**PROJECT, "code": "2027-510923-47-01-123456"},
        {**PROJECT, "code": uscc(1), "responsible_code": uscc(2)},
        {"code": uscc(1)},
    )
    assert with_own_codes(rows).select("code", "responsible_code").rows() == [
        ("2027-510923-47-01-123456", None),
        (None, uscc(2)),
        (uscc(1), None),
    ]
