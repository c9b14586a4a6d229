import hashlib
import json
from collections import Counter

import pytest

from onevisit.demo.generator import demonstration_county
from onevisit.demo.registers import Dirt

FROZEN = "bceb494807a531138c842f2db275c4aaa63cf88b9629ac0e8525ca3fabc9bf38"


@pytest.fixture(scope="module")
def usual(county):
    return demonstration_county(county, year=2027, entities=1000, seed="s")


def made(county, **dirt):
    return demonstration_county(county, year=2027, entities=1000, seed="s", dirt=Dirt(**dirt))


def slips_of(made):
    return Counter(slip for _, record in made.truth.records for slip in record.slips)


def test_a_usual_county_has_the_usual_dirt(county, usual):
    assert made(county, slips=1.0, codes_blank=0.0).files == usual.files


def test_blanked_codes_change_nothing_but_codes(county, usual):
    blanked = made(county, codes_blank=0.7)
    pairs = list(zip(usual.truth.records, blanked.truth.records, strict=True))
    lost = [(before, after) for before, after in pairs if before[1].cells != after[1].cells]
    for (_, before), (_, after) in lost:
        assert after.cells == before.cells | {"code": ""}
    assert sum("blanked" in after.slips for _, (_, after) in pairs) / len(pairs) == pytest.approx(0.7, abs=0.02)
    bureau = [after for _, (name, after) in pairs if name == county.bureau.name and not after.is_thing]
    assert sum("blanked" in one.slips for one in bureau) / len(bureau) == pytest.approx(0.7, abs=0.04)


def test_every_code_can_be_blanked(county):
    assert not any(record.cells["code"] for _, record in made(county, codes_blank=1.0).truth.records)


def test_twice_the_dirt_is_about_twice_the_slips(county, usual):
    assert sum(slips_of(made(county, slips=2.0)).values()) == pytest.approx(2 * sum(slips_of(usual).values()), rel=0.15)


def test_a_clean_county_has_no_slips(county):
    assert not slips_of(made(county, slips=0.0))


@pytest.mark.parametrize("dirt", [{"slips": -0.1}, {"codes_blank": 1.1}, {"codes_blank": -0.1}])
def test_impossible_dirt_is_refused(dirt):
    with pytest.raises(ValueError, match="dirt"):
        Dirt(**dirt)


def test_the_usual_county_stays_as_it_was_frozen(county):
    """Where the demonstration is meant to change, the digest the failure shows is the new one."""
    truth = demonstration_county(county, year=2027, entities=200, seed="frozen").truth
    lines = [record.cells for _, record in truth.records] + [dict(line.cells) for _, line in truth.listings]
    assert hashlib.sha256(json.dumps(lines, ensure_ascii=False).encode()).hexdigest() == FROZEN
