"""The report says what the tables say, in one model, on one page and in one workbook."""

import io
import re
import zipfile
from dataclasses import replace
from html.parser import HTMLParser

import openpyxl
import polars as pl
import pytest

from onevisit.supervision.html import TOP_PROBLEMS, html
from onevisit.supervision.measures import OFFICE, REGISTRY_TITLES, WHOLE_COUNTY
from onevisit.supervision.records import records
from onevisit.supervision.report import build_report, points
from onevisit.supervision.scores import percent
from onevisit.supervision.tables import Scores
from onevisit.supervision.workbook import workbook
from onevisit.tables import frame_of
from tests.onevisit.supervision import samples
from tests.onevisit.supervision.outcome import around, reviewed
from tests.onevisit.supervision.samples import HEALTH, POLICE


class Outline(HTMLParser):
    """Counts what a page is made of."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page.decode())

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.tags)


@pytest.fixture(scope="module")
def page(dirty) -> bytes:
    return html(dirty.report)


@pytest.fixture(scope="module")
def book(dirty) -> bytes:
    return workbook(dirty.report)


@pytest.fixture(scope="module")
def sheets(book):
    return openpyxl.load_workbook(io.BytesIO(book))


def texts(book: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        return "".join(parts.read(name).decode() for name in parts.namelist())


def test_the_five_numbers_are_those_of_the_tables(dirty):
    asked = dirty.expectations.filter(
        pl.col("department") != WHOLE_COUNTY, pl.col("observed").is_not_null() | pl.col("threshold").is_null()
    )
    assert [figure.value for figure in dirty.report.figures] == [
        f"{dirty.case.registers.objects.height}户",
        f"{dirty.case.registers.inspector_sources.height}行",
        percent(32 / 33),
        percent(asked.filter("is_met").height / asked.height),
        f"{dirty.problems.height}条",
    ]


def test_the_overview_counts_the_rows_filed(dirty):
    rows = {line.department: line for line in dirty.report.overview}
    assert rows[HEALTH].rows == {"objects": 21, "inspectors": 8, "items": 4, "plan": 2}
    assert rows[POLICE].rows == {"objects": 1, "inspectors": 2, "items": 1, "plan": 1}
    assert rows[WHOLE_COUNTY].rows == {"objects": 22, "inspectors": 10, "items": 5, "plan": 3}
    assert (rows[HEALTH].last_year, rows[WHOLE_COUNTY].last_year) == (10, 11)
    assert sum(line.problem_count for line in dirty.report.overview) == dirty.problems.height


def test_every_share_on_the_page_is_a_score(dirty):
    names = {section.title: registry for registry, section in zip(REGISTRY_TITLES, dirty.report.matrices, strict=True)}
    shown = {
        (department, names[section.title], title, cell.text)
        for section in dirty.report.matrices
        for department, cells in section.lines
        for title, cell in zip(section.columns, cells, strict=True)
    }
    of_departments = dirty.scores.filter(~pl.col("key").str.contains("register_"))
    scores = of_departments.select("department", "registry", "measure", "ratio").rows()
    assert shown == {(*key, percent(ratio)) for *key, ratio in scores}


def test_findings_are_the_countys_largest_shortfalls_one_registry_after_another(dirty):
    findings = dirty.report.findings
    assert len(findings) == 3
    assert "事项有专业人员”为0%，要求100%，1行不符；最低的是县卫生健康局，0%" in findings[0]
    assert "配合事项无冲突”为50%" in findings[1]
    assert "与省级清单一致”为60%" in findings[2]


def test_requests_go_to_the_departments_with_shortfalls_alone(dirty):
    assert len(dirty.report.requests) == 1
    unmet = dirty.expectations.filter(pl.col("department") == HEALTH, ~pl.col("is_met")).height
    total = dirty.problems.filter(pl.col("department") == HEALTH).height
    assert dirty.report.requests[0].startswith(f"请督促{HEALTH}整改{total}条问题（其中未达标指标{unmet}项）")


def test_clean_lists_give_no_findings_and_ask_for_nothing(clean):
    assert clean.report.findings == ()
    assert clean.report.requests == ()
    assert "各项指标都达到要求" in html(clean.report).decode()


def scored(*rows: tuple[str, str, int, int]) -> pl.DataFrame:
    """Return scores of some measures, and of none for all the others the report looks up."""
    needed = [
        "objects.code", "objects.accepted", "objects.register_living", "inspectors.record", "inspectors.eligible",
        "inspectors.accepted", "items.recorded", "items.accepted", "plan.standing",
    ]  # fmt: skip
    counts = {(department, key): (0, 0) for department in (WHOLE_COUNTY, POLICE, HEALTH) for key in needed}
    counts |= {(department, key): (numerator, denominator) for department, key, numerator, denominator in rows}
    return frame_of(
        Scores,
        [
            {
                "department": department,
                "registry": key.split(".")[0],
                "key": key,
                "measure": key,
                "numerator": numerator,
                "denominator": denominator,
                "ratio": numerator / denominator if denominator else None,
            }
            for (department, key), (numerator, denominator) in counts.items()
        ],
    )


def ranking(clean, *rows):
    return build_report(
        county=clean.county,
        year=2027,
        today=samples.TODAY,
        measures=(),
        scores=scored(*rows),
        expectations=clean.expectations.clear(),
        problems=clean.problems,
        follow_ups=clean.follow_ups,
        objects=records(clean.case.registers, today=samples.TODAY)["objects"],
        around=around(clean.case, clean.scores),
        last_year={},
    ).ranking


def test_a_score_is_the_weighted_mean_of_its_registries_rounded_down(clean):
    police, _ = sorted(
        ranking(
            clean,
            (POLICE, "objects.code", 40, 40),
            (POLICE, "objects.accepted", 1, 3),
            (POLICE, "inspectors.record", 1, 2),
            (POLICE, "items.recorded", 9, 10),
        ),
        key=lambda line: line.department != POLICE,
    )
    assert police.parts == {"objects": (10_000 + 3_333) // 2, "inspectors": 5_000, "items": 9_000, "plan": None}
    # Without a plan the other weights (50, 30, 10) carry the whole.
    assert police.score == (50 * 6_666 + 30 * 5_000 + 10 * 9_000) // 90


def test_a_registry_that_was_not_filed_scores_nothing(clean):
    [police] = [line for line in ranking(clean, (POLICE, "objects.code", 40, 40)) if line.department == POLICE]
    assert police.score == 50 * 10_000 // 90


def test_a_small_list_is_not_ranked_and_equal_scores_share_a_place(clean):
    assert [
        line.rank for line in ranking(clean, (POLICE, "objects.code", 29, 29), (HEALTH, "objects.code", 15, 30))
    ] == [
        1,
        None,
    ]
    assert [
        line.rank for line in ranking(clean, (POLICE, "objects.code", 30, 30), (HEALTH, "objects.code", 30, 30))
    ] == [
        1,
        1,
    ]


def test_shares_are_rounded_down_so_that_a_miss_never_looks_like_a_hit():
    assert [percent(share) for share in (0.9799, 0.98, 0.29, 1.0, 0.99999, None)] == [
        "97.9%",
        "98%",
        "29%",
        "100%",
        "99.9%",
        "—",
    ]
    assert [points(score) for score in (8735, 10_000, 7, None)] == ["87.35", "100.00", "0.07", "—"]


def test_nothing_personal_is_in_the_tables_the_page_or_the_workbook(dirty, page, book):
    tables = dirty.scores.write_json() + dirty.expectations.write_json() + dirty.problems.write_json()
    for told in (tables, page.decode(), texts(book)):
        assert not [value for value in samples.PERSONAL if value in told]


def test_the_same_lists_in_another_order_give_the_same_bytes(dirty, page, book):
    again = reviewed(dirty.case.shuffled(seed=7), dirty.county, **{POLICE: 1, HEALTH: 10})
    assert again.scores.equals(dirty.scores)
    assert again.expectations.equals(dirty.expectations)
    assert again.problems.equals(dirty.problems)
    assert html(again.report) == page
    assert workbook(again.report) == book


def test_the_page_is_one_document_with_captions_and_scopes(page):
    outline = Outline(page)
    assert outline.count("h1") == 1
    assert outline.count("table") == outline.count("caption") > 5
    assert all(attributes.get("scope") in {"row", "col"} for tag, attributes in outline.tags if tag == "th")
    assert ("html", {"lang": "zh-CN"}) in outline.tags


def test_the_page_loads_nothing_and_runs_nothing(page):
    outline = Outline(page)
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in outline.tags}
    assert not re.search(rb"https?://|url\(", page)


def test_no_placeholder_is_left_on_the_page(page):
    assert not re.search(r"built-in|None|\bnan\b|\{\w+\}", page.decode().split("</style>")[1])


def test_what_departments_write_cannot_become_markup(dirty):
    hostile = replace(dirty.report.problems[0], detail="<script>alert(1)</script>")
    page = html(replace(dirty.report, problems=(hostile, *dirty.report.problems[1:]))).decode()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_only_a_demonstration_is_marked_as_a_sample(clean, dirty, page, book):
    assert "示例：本报告由虚构数据生成" in page.decode()
    assert "示例" in texts(book)
    assert "示例" not in html(clean.report).decode()
    assert "示例" not in texts(workbook(clean.report))


def test_the_page_lists_the_first_problems_and_says_how_many_there_are(dirty, page):
    told = page.decode()
    for department in (WHOLE_COUNTY, HEALTH):
        lines = dirty.report.problems_of(department)
        assert [line.problem_id in told for line in lines] == [True] * TOP_PROBLEMS + [False] * (
            len(lines) - TOP_PROBLEMS
        )
    assert f"全部{dirty.problems.height}条见工作簿" in told


def test_the_workbook_has_the_whole_problem_list_and_a_sheet_per_department(dirty, sheets):
    assert sheets.sheetnames == [
        "摘要",
        *(chapter.title for chapter in dirty.report.chapters),
        "问题清单",
        "期望检查",
        "规则说明",
        POLICE,
        HEALTH,
        OFFICE,
    ]
    listed = [row[0] for row in sheets["问题清单"].iter_rows(min_row=4, values_only=True)]
    assert listed == dirty.problems["problem_id"].to_list()
    own = [row[0] for row in sheets[HEALTH].iter_rows(min_row=4, values_only=True)]
    assert own == dirty.problems.filter(pl.col("department") == HEALTH)["problem_id"].to_list()
    assert len(list(sheets["期望检查"].iter_rows(min_row=4))) == dirty.expectations.height


def test_the_problem_list_can_be_filtered_under_a_head_that_stays(dirty, sheets):
    sheet = sheets["问题清单"]
    assert sheet.freeze_panes == "C4"
    assert sheet.auto_filter.ref == f"A3:P{3 + dirty.problems.height}"


def test_a_text_that_begins_like_a_formula_stays_a_text(dirty):
    hostile = replace(dirty.report.problems[0], detail="=1+1")
    sheets = openpyxl.load_workbook(io.BytesIO(workbook(replace(dirty.report, problems=(hostile,)))))
    cell = sheets["问题清单"]["K4"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")


@pytest.mark.browser
def test_the_page_has_no_accessibility_violation(page, tmp_path, browser):
    from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415

    file = tmp_path / "report.html"
    file.write_bytes(page)
    tab = browser.new_page()
    tab.goto(file.as_uri())
    assert Axe().run(tab).response["violations"] == []
    tab.close()
