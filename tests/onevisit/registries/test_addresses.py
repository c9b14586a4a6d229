import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onevisit.registries.addresses import door


def read(county, *addresses: str | None) -> list[tuple[str | None, str | None, str | None]]:
    return door(pl.Series("address", addresses, dtype=pl.String), county).rows()


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("四川省遂宁市大英县蓬莱镇下街63号2幢1单元", ("下街", "63", "2")),
        ("大英县隆盛镇建设路１８附十八号", ("建设路", "18", "18")),
        ("蜀西路三百零五号-14", ("蜀西路", "305", "14")),
        ("大英蓬莱镇工业大道23#", ("工业大道", "23", None)),
        ("蜀西路1831楼", ("蜀西路", "183", "1")),
        ("玉峰镇白沟村十二组", ("白沟村", "12", None)),
        ("江南农贸市场A区二号摊位", ("江南农贸市场A区", "2", None)),
        ("大英县蓬莱镇建材城B区54号摊位", ("建材城B区", "54", None)),
        ("蓬莱镇第一街12号", ("第一街", "12", None)),
        ("十字街5号", ("十字街", "5", None)),
        ("统一社区3号", ("统一社区", "3", None)),
        ("新村路12号", ("新村路", "12", None)),
        ("蓬莱镇下街1号（学校对面）", ("下街", "1", None)),
        ("大英县", (None, None, None)),
        ("无", (None, None, None)),
        (None, (None, None, None)),
    ],
)
def test_an_address_is_read_to_the_door(county, address, expected):
    assert read(county, address) == [expected]


ADDRESSES = st.lists(st.sampled_from(["第一街12号", "东方红一", "八一路九", "十", "白沟村三组", None, ""]), max_size=6)


@given(ADDRESSES)
def test_what_an_address_means_depends_on_no_other(county, addresses):
    assert read(county, *addresses) == [read(county, one)[0] for one in addresses]
