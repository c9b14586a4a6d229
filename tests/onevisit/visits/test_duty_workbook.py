"""Who goes where: a list a department, a sheet an inspector, nobody's visits on another's sheet."""

import io
from typing import Any

import openpyxl

from onevisit.county import County
from onevisit.tables import frame_of
from onevisit.visits.dossier import dossiers_of
from onevisit.visits.duty_workbook import ALL, PEOPLE, duty_workbook
from onevisit.visits.tables import Obligations, Shortages, Teams, Visits
from tests.onevisit.visits.samples import HEALTH, POLICE, YEAR, day, obligations, people
from tests.onevisit.visits.test_dossier import VISIT, tables, team, visits

LATER = "01-DY-0001-02"


def two_visits(**changed: Any) -> list[Any]:
    """The visit of both departments, and one of the police alone that is due before it."""
    base = tables()
    alone = {"visit_id": LATER, "departments": [POLICE], "item_codes": ["GA-001"], "ends_on": day("04-30")}
    police = {"department": POLICE, "item_code": "GA-001", "plan_row_id": "R2"}
    both = {
        "Visits": visits({}, alone),
        "Obligations": obligations({"visit_id": VISIT}, {**police, "visit_id": VISIT}, {**police, "visit_id": LATER}),
        "Teams": team(
            {"person_id": "P-0001"},
            {"person_id": "P-0002", "is_leader": True},
            {"person_id": "P-0003", "department": HEALTH},
            {"person_id": "P-0001", "visit_id": LATER, "is_leader": True},
        ),
    }
    assert {Visits, Obligations, Teams} <= set(base)
    return dossiers_of(tables(**(both | changed)))


def opened(content: bytes) -> dict[str, list[list[Any]]]:
    """Return the rows below the head, sheet by sheet, blanks left out at the end."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    return {
        sheet.title: [list(row) for row in sheet.iter_rows(min_row=4, values_only=True) if any(row[1:])]
        for sheet in book
    }


def test_a_department_has_all_its_visits_in_the_order_they_are_due_and_a_sheet_an_inspector(county: County):
    sheets = opened(duty_workbook(POLICE, two_visits(), county, YEAR))
    assert list(sheets) == [ALL, PEOPLE, "李强", "王明"]
    assert [row[15] for row in sheets[ALL]] == [LATER, VISIT]
    assert [row[8].split("\n")[0] for row in sheets["王明"]] == [LATER, VISIT]
    assert [row[8].split("\n")[0] for row in sheets["李强"]] == [VISIT]
    assert [(row[0], row[2], row[3]) for row in sheets[PEOPLE]] == [("李强", 1, 1), ("王明", 2, 1)]


def test_a_department_sees_its_own_visits_alone_and_with_whom(county: County):
    sheets = opened(duty_workbook(HEALTH, two_visits(), county, YEAR))
    assert list(sheets) == [ALL, PEOPLE, "赵敏"]
    [line] = sheets[ALL]
    assert line[15] == VISIT
    assert line[10] == "参与"
    assert line[12] == f"{POLICE}\n组长李强（{POLICE}）"
    assert "李强（组长）" in sheets["赵敏"][0][6]


def test_a_visit_that_is_short_says_so(county: County):
    gap = {
        "visit_id": VISIT,
        "department": HEALTH,
        "kind": "inspectors",
        "needed": 2,
        "eligible": 1,
        "reason": "不足2名。",
    }
    found = two_visits(Shortages=frame_of(Shortages, [gap]))
    assert opened(duty_workbook(HEALTH, found, county, YEAR))[ALL][0][17] == "不足2名。"
    assert "待补派 县卫生健康局" in opened(duty_workbook(POLICE, found, county, YEAR))["李强"][0][6]


def test_two_inspectors_of_one_name_have_sheets_of_their_own(county: County):
    namesakes, _ = people({"name": "王明"}, {"name": "王明"}, {"name": "赵敏"})
    sheets = opened(duty_workbook(POLICE, two_visits(Inspectors=namesakes), county, YEAR))
    assert list(sheets) == [ALL, PEOPLE, "王明（0001）", "王明（0002）"]


def test_the_marks_are_those_on_the_papers(county: County):
    found = two_visits()
    sheets = opened(duty_workbook(POLICE, found, county, YEAR))
    assert {row[15]: row[16] for row in sheets[ALL]} == {one.visit_id: one.mark for one in found}


def test_the_same_visits_give_the_same_bytes(county: County):
    found = two_visits()
    assert duty_workbook(POLICE, found, county, YEAR) == duty_workbook(POLICE, found[::-1], county, YEAR)
