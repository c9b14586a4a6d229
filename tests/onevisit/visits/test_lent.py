"""People lent, from the pools' lists as they were handed in to what freezes and results know of them."""

import polars as pl
import pytest

from onevisit.county import County
from onevisit.demo.pools import LENT, pool_files
from onevisit.filings.intake import Document, file_department
from onevisit.registries.finding import findable
from onevisit.registries.tables import Inspectors, Interests, Lent, ObjectSources
from onevisit.tables import frame_of
from onevisit.visits.lent import Filed, lent_interests, lent_table, lent_today, with_lent
from onevisit.visits.lots import commitment
from tests.onevisit.visits.samples import SALT, YEAR


def filed_with(county: County, more: dict[str, bytes] | None = None) -> Filed:
    """Return the demonstration's pools as they are read, with files more: `<pool>/<department>/<file>` -> bytes."""
    files = {**pool_files(county, year=YEAR, seed="s"), **(more or {})}
    return {
        (pool.name, department.name): file_department(
            department,
            [
                Document(name.rpartition("/")[2], data)
                for name, data in sorted(files.items())
                if name.startswith(f"{pool.name}/{department.name}/")
            ],
            county,
            secret=SALT,
        )
        for pool in county.pools
        for department in county.lent_by(pool)
    }


@pytest.fixture(scope="module")
def lent(county: County) -> pl.DataFrame:
    return lent_table(filed_with(county), county, year=YEAR, secret=SALT)


def test_everybody_with_a_certificate_stands_once_a_department_and_under_no_id_of_the_county(county, lent):
    Lent.validate(lent, lazy=True)
    [pool] = county.pools
    numbers = lent["certificate_no"]
    assert lent.height == numbers.n_unique()
    assert 0 < lent.height <= LENT * len(county.lent_by(pool))
    assert set(lent["pool"]) == {pool.name}
    assert set(lent["department"]) == {one.name for one in county.lent_by(pool)}
    assert lent["person_id"].str.starts_with("P-片区-").all()
    assert lent["person_id"].n_unique() == lent.height


def test_those_who_may_be_sent_today_are_known_by_their_commitments(lent):
    first, *others = lent["certificate_no"]
    away = lent.with_columns(is_eligible=pl.col("certificate_no") != first)
    today = lent_today(away, secret=SALT)
    assert commitment(SALT, first) not in today
    assert today == {commitment(SALT, one) for one in others} & lent_today(lent, secret=SALT)


def test_the_order_of_what_is_handed_in_is_of_no_account(county, lent):
    turned = {key: rows.reverse() for key, rows in reversed(list(filed_with(county).items()))}
    assert lent_table(turned, county, year=YEAR, secret=SALT).equals(lent)


def test_a_declaration_in_a_pools_list_keeps_its_person_away(county, lent):
    person = lent.row(0, named=True)
    [pool] = county.pools
    listing = "人员编号,姓名,工作单位,检查对象名称,统一社会信用代码,利害关系,来源\n" + ",".join(
        ["", person["name"], person["department"], "某诊所", "92510923MA6000016T", "近亲属任职", "本人申报"]
    )
    files = {f"{pool.name}/{person['department']}/利害关系回避申报.csv": listing.encode("utf-8-sig")}
    place = {"department": "县市场监管局", "file": "对象.csv", "sheet": "", "row": 2}
    filed = filed_with(county, files)
    told = lent_interests(
        filed,
        county,
        objects=pl.DataFrame([{**place, "legal_rep": None, "phone_key": None}]).with_columns(
            pl.col("legal_rep", "phone_key").cast(pl.String), pl.col("row").cast(pl.Int64)
        ),
        known=findable(known_object(place), county),
        year=YEAR,
        secret=SALT,
    )
    assert told.select("person_id", "object_id").rows() == [(person["person_id"], "92510923MA6000016T")]
    assert frame_of(Interests, []).columns == told.columns


def known_object(place: dict[str, object]) -> pl.DataFrame:
    row = dict.fromkeys(frame_of(ObjectSources, []).columns) | place
    row |= {"object_id": "92510923MA6000016T", "code_kind": "uscc", "code": "92510923MA6000016T", "name": "某诊所"}
    return frame_of(ObjectSources, [row])


def test_results_and_the_gate_know_lent_people_beside_the_countys_own(lent):
    own = frame_of(Inspectors, [])
    together = with_lent(own, lent)
    assert set(together["certificate_no"]) == set(lent["certificate_no"])
    again = with_lent(together.select(own.columns), lent)
    assert again.height == together.height
