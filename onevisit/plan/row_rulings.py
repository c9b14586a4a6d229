"""What was ruled on single plan rows, as judging them needs it: by plan row and question.

What is ruled stands for what was filed, and is read and checked like it.
"""

from dataclasses import dataclass, field

import polars as pl

from onevisit.plan.rulings import Topic, parts_of, ruled

ROW_TOPICS: tuple[Topic, ...] = ("row", "ratio", "window", "conflict", "partner_item", "move")


@dataclass(frozen=True, slots=True)
class RowRuling:
    """One ruling in effect on a plan row."""

    number: int
    """In the decision log of the plan's year."""
    subject: str
    plan_row_id: str
    answer: str
    value: str
    why: str

    @property
    def cited(self) -> str:
        """Return how officials are referred to it."""
        return f"审核决定第{self.number}号"


@dataclass(frozen=True, slots=True)
class RowRulings:
    """The rulings in effect on plan rows."""

    rows: dict[str, RowRuling] = field(default_factory=dict[str, RowRuling])
    ratios: dict[str, RowRuling] = field(default_factory=dict[str, RowRuling])
    windows: dict[str, RowRuling] = field(default_factory=dict[str, RowRuling])
    """The later of a window changed and a move accepted."""
    conflicts: dict[tuple[str, str, str], RowRuling] = field(default_factory=dict[tuple[str, str, str], RowRuling])
    """By plan row, kind and value of the conflict."""
    partners: dict[str, dict[str, RowRuling]] = field(default_factory=dict[str, dict[str, RowRuling]])
    """By plan row and partner department."""
    every: list[RowRuling] = field(default_factory=list[RowRuling])
    """All of them, in the order of the log: one per ruling and plan row."""


def row_rulings(table: pl.DataFrame) -> RowRulings:
    """Return what the table `Rulings` says of single plan rows."""
    found = RowRulings()
    for record in ruled(table, *ROW_TOPICS).iter_rows(named=True):
        topic, answer = record["topic"], record["answer"]
        if topic == "move" and answer != "accept":
            continue
        parts = parts_of(topic, record["subject"])
        value = parts[1][0] if topic == "move" else record["value"]
        for row_id in parts[0]:
            one = RowRuling(record["seq"], record["subject"], row_id, answer, value, record["why"])
            found.every.append(one)
            if topic == "conflict":
                found.conflicts[row_id, parts[1][0], parts[2][0]] = one
            elif topic == "partner_item":
                found.partners.setdefault(row_id, {})[parts[1][0]] = one
            else:
                by_row = {"row": found.rows, "ratio": found.ratios, "window": found.windows, "move": found.windows}
                by_row[topic][row_id] = one
    return found
