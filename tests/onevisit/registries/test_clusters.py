import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from onevisit.registries.clusters import clustered, clusters, same, unclaimed


def test_links_chain_into_one_cluster():
    assert clusters([None] * 5, [(0, 2), (2, 4)]) == [0, 1, 0, 3, 0]


def test_two_identities_are_never_joined_not_even_through_others():
    assert clusters(["A", None, "B"], [(0, 1), (1, 2)]) == [0, 0, 2]


@given(
    st.lists(st.sampled_from([None, "A", "B", "C"]), min_size=1, max_size=12),
    st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=30),
)
def test_no_cluster_ever_holds_two_identities(identities, links):
    links = [(left % len(identities), right % len(identities)) for left, right in links]
    found = clusters(identities, links)
    for cluster in set(found):
        held = {identity for identity, at in zip(identities, found, strict=True) if at == cluster and identity}
        assert len(held) <= 1
    assert all(cluster <= record for record, cluster in enumerate(found))


def records(*rows: tuple[str | None, str | None]) -> pl.DataFrame:
    return (
        pl.DataFrame(rows, schema={"trusted": pl.String, "key": pl.String}, orient="row")
        .with_row_index("record")
        .with_columns(pl.col("record").cast(pl.Int64))
    )


def test_a_null_key_links_nothing():
    assert same(records((None, None), (None, None), (None, "x"), (None, "x")), "key") == [(2, 3)]


def test_an_unclaimed_record_joins_the_one_identity_with_its_key():
    found = clustered(records((None, "x"), ("A", "x"), (None, "y")), [])
    assert unclaimed(found, "key") == [(1, 0)]


def test_between_two_identities_an_unclaimed_record_joins_neither():
    found = clustered(records(("A", "x"), ("B", "x"), (None, "x"), (None, "x")), [])
    linked = clustered(found, unclaimed(found, "key"))
    assert linked["cluster"].n_unique() == 3
    assert linked["identity"].to_list() == ["A", "B", None, None]
