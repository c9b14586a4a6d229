"""The list of record as the demonstration reads it, and the departments' filed copies with their drifts."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from onevisit.county import County, Department
from onevisit.demo.headers import header_of
from onevisit.demo.workbooks import Page, workbook
from onevisit.text import split_list

TIERS = {"key": "重点检查事项", "general": "一般检查事项"}
FIELDS = (
    "item_code", "category", "item_name", "tier", "object_scope", "tags", "methods", "ratio_text", "qualification",
    "legal_basis",
)  # fmt: skip
DRIFTS = {
    "FGW-002": ("tier", "重点检查事项"),
    "GA-002": ("item_name", "对旅馆业的检查"),
    "JT-002": ("ratio_text", "不超过30%/年"),
    "NY-014": ("item_code", ""),
    "WJ-012": ("qualification", "无需专业岗位资格"),
    "WL-013": ("item_code", "WL-913"),
}
"""How departments' copies differ from the list of record; an empty code = the item was left out."""


@dataclass(frozen=True, slots=True)
class Item:
    """One item of the list of record."""

    item_code: str
    department: str
    category: str
    item_name: str
    tier: str
    tags: tuple[str, ...]
    methods: tuple[str, ...]
    ratio_max_bp: int | None
    qualification: str
    is_expert_needed: bool
    cells: dict[str, str]
    """The columns of a filed list, as the department would write them."""


def items_of(county: County) -> list[Item]:
    """Return the items of the list of record, in its order."""
    return [_item(row) for row in csv.DictReader(io.StringIO(county.items_csv))]


def _item(row: dict[str, str]) -> Item:
    return Item(
        item_code=row["item_code"],
        department=row["department"],
        category=row["category"],
        item_name=row["item_name"],
        tier=row["tier"],
        tags=tuple(split_list(row["tags"])),
        methods=tuple(split_list(row["methods"])),
        ratio_max_bp=int(row["ratio_max_bp"]) if row["ratio_max_bp"] else None,
        qualification=row["qualification"],
        is_expert_needed=row["is_expert_needed"] == "yes",
        cells={
            **{name: row[name] for name in FIELDS},
            "tier": TIERS[row["tier"]],
            "qualification": row["qualification"] or "无需专业岗位资格",
        },
    )


def item_files(county: County, department: Department, items: Sequence[Item]) -> dict[str, bytes]:
    """Return a department's filed copy of its items, with the planted drifts."""
    header = header_of(county, department, "items", FIELDS)
    filed = [item.cells | dict([DRIFTS[item.item_code]]) if item.item_code in DRIFTS else item.cells for item in items]
    rows = [[cells[name] for name in FIELDS] for cells in filed if cells["item_code"]]
    title = f"{department.name}随机抽查事项清单（{county.list_version}）"
    return {"随机抽查事项清单.xlsx": workbook([Page("清单", (title,), header, rows)])}
