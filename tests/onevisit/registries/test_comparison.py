from itertools import combinations

import numpy as np

from onevisit.registries.comparison import MEANINGS, columns_of, compare
from onevisit.registries.linkage import prepare
from tests.onevisit.registries.samples import FARM, HEALTH, SHOP, TAX, Row, objects, organisation, registration, uscc


def test_how_alike_two_records_are_depends_on_no_other_pair(county):
    rows: list[Row] = [
        SHOP,
        {**SHOP, "department": TAX, "code": None, "legal_rep": "唐*", "phone": "133****0001"},
        {**SHOP, "name": "云城超市", "department": HEALTH, "legal_rep": "唐秦", "phone": "13300000010", "code": "91"},
        {"name": "阳光旅馆玉峰分店", "code": registration(7), "address": "玉峰镇白沟村3组", "department": FARM},
        {"name": "阳光旅馆", "code": organisation(3), "address": "玉峰镇白沟村", "opened_on": "2015-03-20"},
        {"name": "（）", "code": uscc(2), "status": "注销"},
    ]
    records = prepare(objects(*rows), county)
    columns = columns_of(records)
    sides = np.array(list(combinations(range(len(rows)), 2)))
    together = compare(records, columns, sides[:, 0], sides[:, 1])
    assert list(together.patterns) == list(MEANINGS)
    for place, (left, right) in enumerate(sides):
        alone = compare(records, columns, np.array([left]), np.array([right]))
        assert together.at(place) == alone.at(0) == {name: alone[name][0] for name in MEANINGS}


def test_no_pairs_have_no_levels(county):
    records = prepare(objects(SHOP), county)
    none = np.zeros(0, np.int64)
    assert all(not len(compare(records, columns_of(records), none, none)[name]) for name in MEANINGS)
