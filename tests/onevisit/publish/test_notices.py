"""Notices say what is public on their day, in the form of an official paper, in Word and as one page."""

import datetime as dt
import html
import io
import re
from collections import Counter
from typing import Any

import docx
import pytest

from onevisit.documents.content import Document
from onevisit.documents.html import html as one_page
from onevisit.publish.notices import notice_files, notices_of
from onevisit.publish.open_data import SAMPLE_NOTICE
from tests.onevisit.publish.counties import NASTY, NOTE, TODAY, made, site_of

COUNTY = made()


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return notice_files(notices_of(site_of(COUNTY)))


def words(data: bytes) -> str:
    document: Any = docx.Document(io.BytesIO(data))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def test_every_notice_is_a_word_file_and_a_page_that_say_the_same(files: dict[str, bytes]):
    assert {name.split(".")[1] for name in files} == {"docx", "html"}
    assert {name.split("-")[0] for name in files} == {"change", "draw", "list", "results"}
    for name in {name.split(".")[0] for name in files}:
        page = re.sub(r"<(style|title|caption)>.*?</\1>", "", files[f"{name}.html"].decode(), flags=re.DOTALL)
        shown = re.sub(r"\s", "", html.unescape(re.sub(r"<[^>]*>", "", page)))
        said = re.sub(r"\s", "", words(files[f"{name}.docx"]))
        # Of a table the page has the cells where they stand, `words` has them last; Word has the notice twice.
        assert set(Counter(shown) - Counter(said)) == set(), name


def test_a_notice_has_its_attachment_its_issuer_and_its_day(files: dict[str, bytes]):
    text = words(files["results-T001.docx"])
    assert "附件：抽查结果明细" in text
    assert "大英县" in text
    assert re.search(r"\n大英县市场监管局\n2027年\d+月\d+日\n附件\n", text)


def test_a_made_up_county_says_so_on_every_notice(files: dict[str, bytes]):
    for name, data in files.items():
        assert SAMPLE_NOTICE in (data.decode() if name.endswith(".html") else words(data)), name
    real = notice_files(notices_of(site_of(COUNTY, is_demonstration=False)))
    assert not any("示例" in (data.decode() if name.endswith(".html") else words(data)) for name, data in real.items())


def test_a_change_of_the_plan_is_told_with_its_reason(files: dict[str, bytes]):
    text = words(files["change-2.docx"])
    assert NOTE in text
    assert "取消的任务" in text
    assert "change-1.docx" not in files


def test_before_a_window_opens_only_commitments_are_told():
    first = COUNTY.rounds.sort("draws_on")["draws_on"][0]
    site = site_of(COUNTY, first)
    told = {one.name: one for one in notices_of(site)}
    [draw] = [name for name in told if name.endswith("-01-1")]
    assert draw.startswith("draw-")
    text = words(notice_files([told[draw]])[f"{draw}.docx"])
    assert "c" * 64 in text
    assert "e" * 64 not in text
    assert not any(name in text for name in COUNTY.objects["name"])


def test_the_seed_is_told_with_the_list_only_when_the_lock_has_ended():
    serial, until = COUNTY.rounds.select("serial", "locked_until").row(0)
    for day, is_told in ((until - dt.timedelta(days=1), False), (until, True)):
        files = notice_files(notices_of(site_of(COUNTY, day)))
        assert ("e" * 64 in words(files[f"list-{serial}.docx"])) is is_told


def test_names_that_would_break_a_page_are_shown_as_they_are(files: dict[str, bytes]):
    pages = "".join(data.decode() for name, data in files.items() if name.endswith(".html"))
    assert "<script" not in pages
    assert " src=" not in pages
    assert not re.search(r"(?:href|src)=|url\(|@import", pages)
    assert NASTY[0] in "".join(words(data) for name, data in files.items() if name.endswith(".docx"))


def test_the_same_tables_give_the_same_bytes_on_another_day():
    site, later = site_of(COUNTY), site_of(COUNTY, TODAY + dt.timedelta(days=1))
    assert notice_files(notices_of(site)) == notice_files(notices_of(later))


def test_a_digest_on_a_page_may_break_anywhere_and_copies_as_it_is():
    document = Document("公告")
    document.paragraph(f"指纹：{'0a' * 32}，余下不变。")
    page = one_page(document).decode()
    assert f"指纹：<wbr>{'<wbr>'.join('0a' * 32)}，余下不变。" in page
