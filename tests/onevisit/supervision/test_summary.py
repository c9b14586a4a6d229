"""The summary takes one page whatever the county is called and however large its numbers are."""

import io
from dataclasses import replace

import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onevisit.documents.fonts import installed
from onevisit.documents.pdf import pdf
from onevisit.supervision.measures import REGISTRY_TITLES, WHOLE_COUNTY, measures
from onevisit.supervision.paper import report_document
from onevisit.supervision.report import Report
from onevisit.supervision.summary import TWO_LINES, Figure, finding, request, room
from tests.onevisit.supervision import samples

LONG_COUNTY = "积石山保安族东乡族撒拉族自治县"
LONG_DEPARTMENT = "县文化广播电视体育和旅游局"
LARGE = 123_456
FIGURES = (
    Figure("检查对象", f"{LARGE:,}户", f"合并各部门名录后，存续{LARGE:,}户（99.9%）"),
    Figure("执法检查人员", "12,345行", "执法人员12,345行，可派出12,345行（99.9%）"),
    Figure("报送行采用率", "99.9%", f"读入{LARGE:,}行，采用{LARGE:,}行，退回{LARGE:,}行"),
    Figure("指标达标率", "99.9%", "各部门1,234项次，达标1,234项次"),
    Figure("待整改问题", "123,456条", "未达标指标1,234条，涉及16个部门"),
)
LONGEST = max((measure.title for measure in measures(samples.county(), samples.TODAY)), key=len)


def shortfall(
    registry: str = "inspectors",
    measure: str = LONGEST,
    *,
    department: str = WHOLE_COUNTY,
    worst: str = LONG_DEPARTMENT,
    count: int = LARGE,
) -> str:
    row = {
        "department": department,
        "registry": registry,
        "measure": measure,
        "observed": 0.8888,
        "threshold": 0.9999,
        "unexpected_count": count,
    }
    return finding(row, f"最低的是{worst}，99.9%" if department == WHOLE_COUNTY else "")


def pages(report: Report) -> list[str]:
    content = pdf(report_document(report), installed())
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages]


@pytest.mark.parametrize("name", [samples.county().name, LONG_COUNTY])
def test_the_longest_summary_ends_on_the_first_page_and_nothing_else_begins_there(dirty, name):
    crowded = replace(
        dirty.report,
        county=name,
        # A sample's notice takes a line, as the second of a long title does; no sample has such a name.
        is_demonstration=name != LONG_COUNTY,
        figures=FIGURES,
        findings=tuple(shortfall(registry) for registry in list(REGISTRY_TITLES)[:3]),
        requests=(request(LONG_DEPARTMENT, LARGE, 123, LONGEST),) * 3,
    )
    first, second, *_ = pages(crowded)
    assert crowded.requests[-1][-6:] in "".join(first.split())
    assert "三、总体情况" not in first
    assert second.startswith("三、总体情况")


def test_a_short_summary_has_the_first_page_to_itself_too(clean):
    first, second, *_ = pages(clean.report)
    assert "没有部门需要整改" in first
    assert second.startswith("三、总体情况")


@given(
    registry=st.sampled_from(list(REGISTRY_TITLES)),
    measure=st.sampled_from([one.title for one in measures(samples.county(), samples.TODAY)]),
    department=st.sampled_from([WHOLE_COUNTY, LONG_DEPARTMENT, "县财政局"]),
)
def test_findings_and_requests_take_two_lines_at_most(registry, measure, department):
    assert room(shortfall(registry, measure, department=department)) <= TWO_LINES
    assert room(request(LONG_DEPARTMENT, LARGE, 123, measure)) <= TWO_LINES


def test_a_finding_says_less_where_it_would_take_three_lines():
    assert shortfall("items", "有工作指引", worst="县财政局", count=12) == (
        "全县随机抽查事项清单“有工作指引”为88.8%，要求99.9%，12行不符；最低的是县财政局，99.9%。"
    )
    assert (
        shortfall("items", "有工作指引", count=12) == "全县随机抽查事项清单“有工作指引”为88.8%，要求99.9%，12行不符。"
    )
    assert shortfall("objects", LONGEST, department=LONG_DEPARTMENT) == (
        f"{LONG_DEPARTMENT}“{LONGEST}”为88.8%，要求99.9%，{LARGE:,}行不符。"
    )
