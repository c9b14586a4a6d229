"""Whom a made-up department sends to one of its tasks (任务参加人员名单), some of them on leave at the beginning."""

import datetime as dt
from collections.abc import Sequence

from onevisit.county import County, Department
from onevisit.demo.headers import header_of
from onevisit.demo.plans import PlanRow
from onevisit.demo.staff import Listing
from onevisit.demo.workbooks import Page, workbook

FILES_ONE = "ga"
"""Key of the department that files a roster."""
_FIELDS = ("plan_row_id", "person_name", "certificate_no", "leave_from", "leave_to")
_LEFT_OUT = 2
_LEAVE_DAYS = 14


def roster_files(
    county: County, department: Department, lines: Sequence[Listing], plan: Sequence[tuple[str, PlanRow]]
) -> dict[str, bytes]:
    """Return the file for the first sound row of a plan: who may check its item, the last two of the list left out."""
    number, row = next((number, row) for number, row in plan if not row.fault)
    able = [one for one in lines if not one.fault and row.item.item_code in one.person.item_codes]
    sent = [one.cells for one in able[:-_LEFT_OUT] if one.cells["certificate_no"]]
    back = row.starts_on + dt.timedelta(days=_LEAVE_DAYS)
    leaves = [(row.starts_on.isoformat(), back.isoformat()), *[("", "")] * len(sent)]
    rows = [
        [number, cells["name"], cells["certificate_no"], *leave] for cells, leave in zip(sent, leaves, strict=False)
    ]
    title = (f"{department.name}任务参加人员名单",)
    return {
        "任务参加人员名单.xlsx": workbook(
            [Page("名单", title, header_of(county, department, "rosters", _FIELDS), rows)]
        )
    }
