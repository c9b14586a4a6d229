"""The trades of the made-up county: who there is, what supervision tags they carry, who lists them."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

SubjectKind = Literal["ind", "co", "branch", "coop", "home", "inst", "npo", "village", "site", "product", "conduct"]
"""个体工商户, 公司, 分支机构, 农民专业合作社, 家庭农场 without licence, 机关事业单位, 民办非企业, 村集体, 场所和工程,
产品, 行为."""


class Trade(BaseModel):
    """One line of business, as `trades.toml` describes it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    weight: float = Field(gt=0)
    kinds: dict[SubjectKind, int]
    words: tuple[str, ...]
    tags: dict[str, int] = {}
    lists: dict[str, int] = {}


LISTED_BY_KIND: dict[SubjectKind, dict[str, int]] = {
    "ind": {"scjg": 99, "tax": 50, "sthj": 4, "rs": 3, "yj": 2, "ga": 2, "swj": 1, "tj": 1},
    "co": {
        "scjg": 99, "tax": 93, "rs": 45, "tj": 18, "sthj": 14, "yj": 11, "ga": 12, "swj": 7, "wj": 5, "fgw": 4,
        "cz": 5, "ny": 2,
    },
    "branch": {"scjg": 97, "tax": 70, "rs": 20, "tj": 6, "sthj": 6, "yj": 5, "ga": 6},
    "coop": {"scjg": 98, "tax": 65, "rs": 6, "sthj": 6, "ny": 88},
    "home": {"ny": 97, "sthj": 8, "tax": 6},
    "inst": {"cz": 97, "rs": 40, "tax": 22, "tj": 12},
    "npo": {"rs": 45, "tax": 40, "cz": 12, "tj": 5},
    "village": {"ny": 90, "cz": 60, "tax": 20},
    "site": {},
    "product": {},
    "conduct": {},
}  # fmt: skip
"""Percent chance that a department lists a subject of a kind, whatever its trade."""

TAG_BY_KIND: dict[SubjectKind, str] = {
    "ind": "个体工商户", "co": "企业", "branch": "企业", "coop": "农民专业合作社",
}  # fmt: skip


@cache
def trades() -> tuple[Trade, ...]:
    """Return the trades, in the order of the file."""
    table = tomllib.loads((files("onevisit.demo") / "trades.toml").read_text("utf-8"))
    return tuple(Trade.model_validate(one) for one in table["trades"])
