"""Pairs are those that one reads off the keys, slowly, record by record."""

from collections import defaultdict
from itertools import combinations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from onevisit.registries.comparison import columns_of
from onevisit.registries.linkage import prepare
from onevisit.registries.pairs import KEYS, PARTS, compared_pairs
from tests.onevisit.registries.samples import FARM, HEALTH, MARKET, SHOP, TAX, objects, uscc

RECORD = st.fixed_dictionaries(
    {
        "department": st.sampled_from([MARKET, TAX, HEALTH, FARM]),
        "name": st.sampled_from(["大英县云诚超市", "云诚超市", "阳光旅馆", "天海公司", "天海有限公司一店"]),
        "code": st.sampled_from([None, uscc(1), uscc(2), uscc(1)[:-1] + "?", uscc(1)[:15] + "000"]),
        "town": st.sampled_from([None, "蓬莱镇", "玉峰镇"]),
        "legal_rep": st.sampled_from([None, "唐琴", "何泽", "唐*"]),
        "phone": st.sampled_from([None, "13300000001", "133****0001"]),
        "address": st.sampled_from([None, "蓬莱镇正街12号", "白沟村三组"]),
        "opened_on": st.sampled_from([None, "2015-03-04", "2019-09-09"]),
        "source_id": st.sampled_from([None, "1", "2", "3"]),
    }
)


def read_off(records: pl.DataFrame) -> set[tuple[int, int]]:
    found: set[tuple[int, int]] = set()
    for key, cap in KEYS:
        blocks = defaultdict(list)
        values = records.select(PARTS.get(part, pl.col(part)).alias(f"{number}") for number, part in enumerate(key))
        for record, value in enumerate(values.iter_rows()):
            if None not in value:
                blocks[value].append(record)
        for block in blocks.values():
            if len(block) <= cap:
                found |= set(combinations(block, 2))
    return found


@settings(max_examples=60, deadline=None)
@given(st.lists(RECORD, min_size=1, max_size=45))
def test_pairs_share_a_key_that_not_too_many_share(county, rows):
    records = prepare(objects(*rows), county)
    pairs = compared_pairs(records, columns_of(records))
    assert pairs.select("left", "right").equals(pairs.select("left", "right").unique().sort("left", "right"))
    candidates = set(pairs.filter("is_candidate").select("left", "right").iter_rows())
    expected = read_off(records)
    assert expected <= candidates
    # What is more shares a piece of a code that fails its check digit.
    kinds = records["code_kind"].to_list()
    assert all("broken" in (kinds[left], kinds[right]) for left, right in candidates - expected)
    codes = records["link_code"].to_list()
    mates = {
        (one, other) for one, other in combinations(range(len(codes)), 2) if codes[one] and codes[one] == codes[other]
    }
    assert set(pairs.filter("is_mate").select("left", "right").iter_rows()) == mates


def test_a_mistyped_code_is_paired_with_the_codes_it_shares_a_piece_with(county):
    mistyped = {"name": "别的写法", "code": f"{uscc(1)[:9]}X{uscc(1)[10:]}", "department": TAX}
    records = prepare(objects(SHOP, mistyped), county)
    assert "broken" in records["code_kind"]
    assert compared_pairs(records, columns_of(records)).select("left", "right", "is_candidate").rows() == [(0, 1, True)]
