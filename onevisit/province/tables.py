"""Tables of a province's run that no county's warehouse has: there the same lies in files."""

import polars as pl

from onevisit import tables
from onevisit.tables import Table, field


class DrawEvidence(Table):
    """Every file of every attempt at a round, as it is published: `onevisit verify` takes a folder of them."""

    serial: str = field(title="抽取编号", description="Serial of the attempt")
    file: str = field(title="文件", description="Path in the evidence folder")
    content: pl.Binary = field(is_sealed=True, title="内容", description="Its bytes")


class PeopleEvidence(DrawEvidence):
    """What the matching of people adds to the evidence of rounds, or changes in it: each file whole."""


def stage_of(model: type[Table]) -> str:
    """Return the stage that makes a table."""
    if model is PeopleEvidence:
        return "visits"
    return "draw" if model is DrawEvidence else tables.stage_of(model)
