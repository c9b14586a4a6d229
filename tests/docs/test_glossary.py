"""The glossary knows every term that shows somewhere; what is missing is printed ready to paste."""

import re
from collections import Counter

import pytest

from onevisit.filings.kinds import KINDS
from onevisit.results.tables import RESULT_TYPES
from onevisit.tables import STAGES, columns_of, models_of


@pytest.fixture(scope="module")
def glossary(repository):
    return (repository / "docs" / "glossary.md").read_text("utf-8")


@pytest.mark.parametrize("stage", STAGES)
def test_every_column_of_a_stage_is_in_its_table(glossary, stage):
    section = glossary.split(f"### {stage}\n")[1].split("\n### ")[0]
    known = {tuple(cells) for line in section.splitlines() if len(cells := _cells(line)) == 4}
    pairs = {(title, column) for title, _, column, _ in known}
    missing = {
        f"| {column.title} | … | `{column.name}` | … |"
        for model in models_of(stage)
        for column in columns_of(model)
        if (column.title, f"`{column.name}`") not in pairs
    }
    assert not missing, "\n".join(sorted(missing))


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_kind_of_list_and_its_fields_are_explained(glossary, kind):
    section = glossary.split(f"### {kind.title} `{kind.key}`\n")[1].split("\n### ")[0].split("\n## ")[0]
    assert {f"`{name}`" for name in kind.fields} <= {
        cells[2] for line in section.splitlines() if (cells := _cells(line))
    }
    assert f"| `{kind.key}` |" in glossary


def test_departments_and_result_types_are_listed(glossary, county):
    for department in county.departments:
        assert f"| {department.name} | `{department.key}` | {department.prefix} |" in glossary
    for kind in RESULT_TYPES:
        assert f"| {kind} | " in glossary


def test_a_chinese_term_has_one_english_term_and_an_english_term_one_chinese(glossary):
    terms = glossary.split("## Departments")[0]
    rows = [cells for line in terms.splitlines() if len(cells := _cells(line)) == 3 and cells[0] != "中文"]
    assert len(rows) > 60
    for index in (0, 1):
        assert [term for term, count in Counter(cells[index] for cells in rows).items() if count > 1] == []


def _cells(line):
    if not line.startswith("| ") or set(line) <= set("|- "):
        return []
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
