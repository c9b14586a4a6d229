import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onevisit.county import County
from onevisit.registries.finding import find_objects, findable
from onevisit.registries.signals import signals
from onevisit.registries.tables import Signals
from tests.onevisit.registries import samples
from tests.onevisit.registries.samples import filed, organisation, sources_of, uscc

SHOP = {"name": "大英县蓬莱镇云诚超市", "code": uscc(1)}
INN = {"name": "大英县玉峰镇阳光旅馆", "code": None, "source_id": "1"}
OTHER_INN = {"name": "大英县金元镇阳光旅馆", "code": None, "source_id": "2"}


def crosswalk(county: County, *rows: dict[str, str | None]) -> pl.DataFrame:
    return sources_of(samples.objects(*(rows or (SHOP, INN, OTHER_INN))), county)


def found(county: County, name: str | None, code: str | None) -> str | None:
    sources = crosswalk(county)
    named = pl.DataFrame({"name": [name], "code": [code]}, schema={"name": pl.String, "code": pl.String})
    [hit] = find_objects(named, findable(sources, county)).to_list()
    return None if hit is None else sources.filter(pl.col("object_id") == hit)["name"][0]


@pytest.mark.parametrize(
    ("name", "code", "expected"),
    [
        (None, uscc(1), SHOP["name"]),
        ("别的名字", uscc(1), SHOP["name"]),
        ("别的名字", organisation(1), SHOP["name"]),
        ("云诚超市", None, SHOP["name"]),
        ("云诚超市", "/", SHOP["name"]),
        ("蓬莱镇云诚超市", None, SHOP["name"]),
        ("玉峰镇云诚超市", None, None),
        ("玉峰镇阳光旅馆", None, INN["name"]),
        ("阳光旅馆", None, None),
        ("云诚超市", uscc(9), None),
        ("玉峰镇阳光旅馆", uscc(9), INN["name"]),
        (None, None, None),
    ],
)
def test_an_object_is_found_by_code_then_by_its_one_name(county, name, code, expected):
    assert found(county, name, code) == expected


def test_an_organisation_code_finds_the_record_that_has_it(county):
    sources = crosswalk(county, SHOP, {"name": "云诚", "code": organisation(1)})
    named = pl.DataFrame({"name": ["别的"], "code": [organisation(1)]})
    assert find_objects(named, findable(sources, county)).to_list() == [uscc(1)]


def tied(
    county: County, *, credit: tuple[dict, ...] = (), abnormal: tuple[dict, ...] = (), complaints: tuple[dict, ...] = ()
) -> pl.DataFrame:
    table = signals(
        filed("credit", *credit),
        filed("abnormal", *abnormal),
        filed("complaints", *complaints),
        findable(crosswalk(county), county),
        year=2027,
    )
    Signals.validate(table, lazy=True)
    return table


def counted(table: pl.DataFrame) -> list[str]:
    return table.filter("is_counted")["value"].to_list()


def test_the_latest_class_counts_and_older_ones_are_kept(county):
    rows = ({"code": uscc(1), "credit_class": "A", "assessed_on": "2026-11-02"},
            {"code": uscc(1), "credit_class": "D", "assessed_on": "2026-10-02"})  # fmt: skip
    table = tied(county, credit=rows)
    assert (table.height, counted(table)) == (2, ["A"])


def test_of_two_classes_on_one_day_the_riskier_counts(county):
    rows = tuple({"code": uscc(1), "credit_class": c, "assessed_on": "2026-11-02"} for c in ("b", "C", "A"))
    assert counted(tied(county, credit=rows)) == ["C"]


def test_a_lifted_listing_does_not_count(county):
    rows = ({"code": uscc(1), "reason": "旧", "lifted_on": "2026-01-01"}, {"code": uscc(1), "reason": "新"})
    assert counted(tied(county, abnormal=rows)) == ["新"]


@pytest.mark.parametrize(
    ("received_on", "is_substantiated", "expected"),
    [
        ("2026-01-01", "是", True),
        ("2026-01-01", "待查", True),
        ("2026-01-01", None, True),
        ("2026-01-01", " 否", False),
        ("2025-12-31", "是", False),
    ],
)
def test_a_complaint_of_last_year_counts_unless_dismissed(county, received_on, is_substantiated, expected):
    row = {"name": "云诚超市", "received_on": received_on, "is_substantiated": is_substantiated}
    assert tied(county, complaints=(row,))["is_counted"].to_list() == [expected]


def test_a_signal_about_nobody_known_is_kept_and_does_not_count(county):
    table = tied(county, credit=({"code": uscc(9)}, {"code": uscc(8)}), complaints=({"name": "不知道"},))
    assert table["object_id"].null_count() == 3
    assert counted(table) == []


CREDIT = st.fixed_dictionaries(
    {
        "code": st.sampled_from([uscc(1), uscc(9), None]),
        "name": st.sampled_from(["云诚超市", "玉峰镇阳光旅馆"]),
        "credit_class": st.sampled_from("ABCD"),
        "assessed_on": st.sampled_from([None, "2026-11-01", "2026-10-01"]),
    }
)


@settings(max_examples=40, deadline=None)
@given(st.lists(CREDIT, max_size=8), st.integers(0, 10**6))
def test_signals_do_not_depend_on_the_order_of_rows(county, rows, seed):
    frame, nothing = filed("credit", *rows), (filed("abnormal"), filed("complaints"))
    sources = crosswalk(county)
    table = signals(frame, *nothing, findable(sources, county), year=2027)
    shuffled = frame.sample(fraction=1, shuffle=True, seed=seed)
    known = findable(sources.sample(fraction=1, shuffle=True, seed=seed), county)
    assert table.equals(signals(shuffled, *nothing, known, year=2027))
    assert not table.filter("is_counted")["object_id"].is_duplicated().any()
