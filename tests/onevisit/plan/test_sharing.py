"""Sharing out: whole numbers, nothing beyond a stratum, remainders by rule."""

from hypothesis import given
from hypothesis import strategies as st

from onevisit.plan.sharing import share_out


@given(sizes=st.dictionaries(st.sampled_from("ABCDN"), st.integers(1, 50), min_size=1), total=st.integers(0, 260))
def test_a_number_is_shared_out_whole_and_never_beyond_a_stratum(sizes: dict[str, int], total: int) -> None:
    shares = share_out(total, weights=sizes, sizes=sizes)
    assert sum(shares.values()) == min(total, sum(sizes.values()))
    assert all(shares[stratum] <= size for stratum, size in sizes.items())
    quota = {stratum: min(total, sum(sizes.values())) * size / sum(sizes.values()) for stratum, size in sizes.items()}
    assert all(abs(shares[stratum] - quota[stratum]) < 1 for stratum in sizes)


def test_ties_go_by_the_name_of_the_stratum() -> None:
    sizes = {"D": 10, "B": 10, "A": 10}
    assert share_out(4, weights=sizes, sizes=sizes) == {"A": 2, "B": 1, "D": 1}


def test_what_a_small_stratum_cannot_take_goes_to_the_others() -> None:
    assert share_out(10, weights={"A": 100, "D": 80}, sizes={"A": 100, "D": 2}) == {"A": 8, "D": 2}


def test_a_stratum_without_weight_gets_nothing() -> None:
    assert share_out(5, weights={"A": 0, "D": 1}, sizes={"A": 100, "D": 3}) == {"A": 0, "D": 3}
