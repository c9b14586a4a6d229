from random import Random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onevisit.registries.ids import ID_COLUMNS, RECORD_COLUMNS, Identified, assign_ids, hashed, numbered

CODE = "91510923MA00000001"
OTHER = "91510923MA00000002"
NOTHING = (pl.DataFrame(schema=ID_COLUMNS), pl.DataFrame(schema=RECORD_COLUMNS))


def members(*clusters: str | tuple[str, str]) -> pl.DataFrame:
    """Return clusters of one-letter records: "abc", or ("abc", code) where they have an identity."""
    rows = [
        (letter, number, None if isinstance(cluster, str) else cluster[1])
        for number, cluster in enumerate(clusters)
        for letter in (cluster if isinstance(cluster, str) else cluster[0])
    ]
    return pl.DataFrame(rows, {"record_key": pl.String, "cluster": pl.Int64, "identity": pl.String}, orient="row")


def year(number: int, *clusters: str | tuple[str, str], after: Identified | None = None) -> Identified:
    known = (after.ids, after.records) if after else NOTHING
    return assign_ids(members(*clusters), *known, year=number, mint=numbered("P"))


def called(found: Identified) -> list[str]:
    """Return the ids in the order the clusters were named."""
    return found.assigned.sort("cluster")["id"].to_list()


def state(found: Identified, one: str) -> tuple[object, ...]:
    return found.ids.filter(pl.col("id") == one).select("first_year", "last_year", "state", "merged_into").row(0)


def test_new_clusters_are_numbered_in_order_of_their_first_records():
    assert called(year(2026, "cd", "b", "ea")) == ["P-0003", "P-0002", "P-0001"]


def test_a_cluster_is_called_by_its_identity_whatever_it_was_called_before():
    found = year(2027, ("ab", CODE), after=year(2026, "ab"))
    assert called(found) == [CODE]
    assert state(found, "P-0001") == (2026, 2026, "merged", CODE)
    assert state(found, CODE) == (2027, 2027, "active", None)


def test_a_cluster_keeps_the_id_of_most_of_its_records():
    found = year(2027, "abcd", after=year(2026, "a", "bcd"))
    assert called(found) == ["P-0002"]
    assert state(found, "P-0001") == (2026, 2026, "merged", "P-0002")
    assert state(found, "P-0002") == (2026, 2027, "active", None)


def test_of_two_ids_with_as_many_records_the_older_stays():
    before = year(2026, "ab", after=year(2025, "c"))
    assert called(before) == ["P-0002"]
    assert called(year(2027, "ac", after=before)) == ["P-0001"]


def test_of_two_ids_of_one_age_the_smaller_stays():
    assert called(year(2027, "ab", after=year(2026, "a", "b"))) == ["P-0001"]


def test_an_id_stays_with_most_of_its_records_and_the_others_are_a_split():
    found = year(2027, "a", "bcx", after=year(2026, "abc"))
    assert called(found) == ["P-0002", "P-0001"]
    assert found.splits.rows() == [("P-0001", "P-0002")]


def test_of_two_halves_the_one_with_the_first_record_keeps_the_id():
    assert called(year(2027, "bd", "ac", after=year(2026, "abcd"))) == ["P-0002", "P-0001"]


def test_a_cluster_that_loses_one_id_takes_another_that_nobody_claims():
    found = year(2027, "abx", "cde", after=year(2026, "abcde", "x"))
    assert called(found) == ["P-0002", "P-0001"]
    assert found.splits.rows() == [("P-0001", "P-0002")]


def test_an_identity_takes_its_id_from_a_cluster_that_had_most_of_its_records():
    before = year(2026, ("abc", CODE))
    found = year(2027, "abc", ("x", CODE), after=before)
    assert called(found) == ["P-0001", CODE]


def test_a_cluster_whose_identity_is_not_filed_any_more_keeps_it_as_its_id():
    assert called(year(2027, "b", after=year(2026, ("ab", CODE)))) == [CODE]


def test_an_id_without_records_is_gone_and_comes_back_with_them():
    gone = year(2027, "b", after=year(2026, "a", "b"))
    assert state(gone, "P-0001") == (2026, 2026, "gone", None)
    back = year(2029, "a", "b", "c", after=gone)
    assert called(back) == ["P-0001", "P-0002", "P-0003"]
    assert state(back, "P-0001") == (2026, 2029, "active", None)


def test_a_merged_id_names_the_living_end_of_the_chain():
    second = year(2027, "abbc", after=year(2026, "a", "bc"))
    third = year(2028, ("abc", CODE), after=second)
    assert state(third, "P-0001") == (2026, 2026, "merged", CODE)
    assert state(third, "P-0002") == (2026, 2027, "merged", CODE)


def test_a_record_not_filed_goes_along_when_its_id_is_merged():
    second = year(2027, ("a", CODE), after=year(2026, "ab"))
    assert second.records.filter(pl.col("record_key") == "b").row(0) == ("b", CODE, 2026)
    assert called(year(2028, "b", after=second)) == [CODE]


def test_an_identity_that_was_retired_and_comes_back_is_alive_again():
    second = year(2027, ("a", OTHER), after=year(2026, ("a", CODE)))
    assert state(second, CODE) == (2026, 2026, "merged", OTHER)
    third = year(2028, ("a", CODE), after=second)
    assert state(third, CODE) == (2026, 2028, "active", None)
    assert state(third, OTHER) == (2027, 2027, "merged", CODE)


def test_a_second_run_of_a_year_takes_back_what_the_first_merged():
    before = year(2026, "ab", "cd")
    first = year(2027, "abcd", "x", after=before)
    both = [
        pl.concat([before.ids, first.ids.join(before.ids, on="id", how="anti")]),
        pl.concat([before.records, first.records]),
    ]
    again = assign_ids(members("ab", "cd", "x"), *both, year=2027, mint=numbered("P"))
    assert called(again) == ["P-0001", "P-0002", "P-0003"]
    assert again.splits.is_empty()


def test_two_clusters_of_one_identity_are_refused():
    with pytest.raises(ValueError, match="identity"):
        year(2026, ("a", CODE), ("b", CODE))


def test_a_hashed_id_depends_on_its_record_alone():
    mint = hashed("DY")
    ids = mint(["scjg:1", "scjg:2"], set())
    assert all(len(one) == 13 for one in ids)
    assert ids == [mint([record], set())[0] for record in ("scjg:1", "scjg:2")]
    assert ids == mint(["scjg:2", "scjg:1"], set())[::-1]


def test_a_hashed_id_that_is_taken_or_wanted_twice_is_hashed_again():
    mint = hashed("DY", digits=2)
    records = [f"scjg:{number}" for number in range(60)]
    ids = mint(records, {"DY-00", "DY-01"})
    assert len(set(ids) | {"DY-00", "DY-01"}) == 62
    assert dict(zip(records, ids, strict=True)) == dict(
        zip(records[::-1], mint(records[::-1], {"DY-01", "DY-00"}), strict=True)
    )


def test_numbers_go_on_from_the_highest_ever_given():
    assert numbered("P")(["a", "b"], {"P-0007", "P-12345", CODE}) == ["P-12346", "P-12347"]


def test_over_a_year_of_comings_and_goings_only_a_first_code_changes_an_id():
    """Of a county's records 5 % leave and 7 % arrive; three in four have their object's code."""
    chance = Random(7)  # noqa: S311 - a made-up county
    records = [
        (f"{number}-{part}", number, chance.random() < 0.75, chance.random())
        for number in range(4000)
        for part in range(chance.choice((1, 1, 2, 3, 4)))
    ]

    def filed(least: float, most: float) -> pl.DataFrame:
        here = [record for record in records if least <= record[3] < most]
        coded = {cluster for _, cluster, has_code, _ in here if has_code}
        rows = [(key, cluster, f"C{cluster}" if cluster in coded else None) for key, cluster, _, _ in here]
        return pl.DataFrame(rows, {"record_key": pl.String, "cluster": pl.Int64, "identity": pl.String}, orient="row")

    first = assign_ids(filed(0.065, 1), *NOTHING, year=2026, mint=hashed("DY"))
    second = assign_ids(filed(0, 0.953), first.ids, first.records, year=2027, mint=hashed("DY"))
    both = first.assigned.join(second.assigned, on="cluster", suffix="_now").join(second.ids, on="id")
    both = both.join(filed(0.065, 0.953), on="cluster", how="semi")
    changed = both.filter(pl.col("id") != pl.col("id_now"))
    assert 0 < changed.height / both.height < 0.01
    assert changed["id"].str.starts_with("DY-").all()
    assert changed["id_now"].str.starts_with("C").all()
    assert changed["merged_into"].to_list() == changed["id_now"].to_list()


RECORDS = [f"r{number}" for number in range(9)]


@st.composite
def years(draw: st.DrawFn) -> list[pl.DataFrame]:
    """Return the clusters of three years over the same nine records, some with an identity."""
    return [
        pl.DataFrame(
            [
                (record, cluster, codes.get(cluster))
                for record in RECORDS
                if (cluster := draw(st.sampled_from([None, 0, 1, 2, 3]))) is not None
            ],
            {"record_key": pl.String, "cluster": pl.Int64, "identity": pl.String},
            orient="row",
        )
        for codes in draw(
            st.lists(
                st.dictionaries(st.sampled_from([0, 1, 2]), st.sampled_from([CODE, OTHER]), max_size=2).filter(
                    lambda codes: len(set(codes.values())) == len(codes)
                ),
                min_size=3,
                max_size=3,
            )
        )
    ]


MINTS = st.sampled_from([numbered("P"), hashed("DY", digits=2)])


@settings(max_examples=150, deadline=None)
@given(years(), MINTS, st.integers(0, 10**6))
def test_ids_hold_over_the_years(filed, mint, seed):
    known = NOTHING
    for number, clusters in enumerate(filed, start=2026):
        found = assign_ids(clusters, *known, year=number, mint=mint)
        _is_sound(clusters, known, found)
        shuffled = [frame.sample(fraction=1, shuffle=True, seed=seed) for frame in (clusters, *known)]
        _is_same(found, assign_ids(*shuffled, year=number, mint=mint))
        _is_same(found, assign_ids(clusters, found.ids, found.records, year=number, mint=mint), splits=False)
        both = (
            pl.concat([known[0], found.ids.join(known[0], on="id", how="anti")]),
            pl.concat([known[1], found.records.filter(pl.col("last_year") == number)]),
        )
        _is_same(found, assign_ids(clusters, *both, year=number, mint=mint))
        # Run again with other clusters, as after a judgement or a corrected file.
        _is_sound(filed[0], both, assign_ids(filed[0], *both, year=number, mint=mint))
        known = (found.ids, found.records)


def _is_same(left: Identified, right: Identified, *, splits: bool = True) -> None:
    assert left.assigned.equals(right.assigned)
    assert left.ids.equals(right.ids)
    assert left.records.equals(right.records)
    assert not splits or left.splits.equals(right.splits)


def _is_sound(clusters: pl.DataFrame, known: tuple[pl.DataFrame, pl.DataFrame], found: Identified) -> None:
    # Every cluster has one id, no two the same, and those with an identity that one.
    assert sorted(found.assigned["cluster"]) == sorted(clusters["cluster"].unique())
    assert not found.assigned["id"].is_duplicated().any()
    identities = clusters.drop_nulls("identity").join(found.assigned, on="cluster")
    assert identities["identity"].to_list() == identities["id"].to_list()
    # No id is given to what shares nothing with what had it before.
    had = known[1].select("record_key", had="id")
    here = clusters.join(found.assigned, on="cluster").join(had, on="record_key", how="left")
    for one, identity, before in here.group_by("id").agg(pl.col("identity").first(), pl.col("had")).iter_rows():
        assert identity or one not in set(known[0]["id"]) or one in before
    # Nothing is forgotten, and whatever was merged ends at an id that was not.
    assert set(known[0]["id"]) <= set(found.ids["id"])
    ages = known[0].join(found.ids, on="id")
    assert ages["first_year"].to_list() == ages["first_year_right"].to_list()
    states = dict(found.ids.select("id", "state").iter_rows())
    assert {one for one, state in states.items() if state == "active"} == set(found.assigned["id"])
    for state, into in found.ids.select("state", "merged_into").iter_rows():
        assert (state == "merged") == (into is not None)
        assert into is None or states[into] in ("active", "gone")
    assert all(states[one] in ("active", "gone") for one in found.records["id"])
    assert set(found.records["record_key"]) == set(known[1]["record_key"]) | set(clusters["record_key"])
