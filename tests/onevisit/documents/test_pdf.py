"""The PDF form: what Word says, the fonts embedded, the same bytes anywhere, and never an empty box."""

import os
import re
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pylopdf_fonts_zh_cn
import pytest

from onevisit.documents.content import FORM, Document
from onevisit.documents.fonts import chosen, installed
from onevisit.documents.pdf import pdf
from onevisit.errors import RefusedError
from tests.onevisit.documents.printed import printed_fonts, printed_pages, printed_text
from tests.onevisit.documents.test_word import PNG

SERIF, SANS = pylopdf_fonts_zh_cn.serif_path(), pylopdf_fonts_zh_cn.sans_path()
NOTO = chosen({"Noto Serif SC": SERIF, "Noto Sans SC": SANS})
"""The same on every machine, whatever else it has."""

MARKUP = '#strong[x] $a$ *b* _c_ \\ <label> @reference //x "引号" `raw` [=] ~'


def a_document(rows: int = 1) -> Document:
    document = Document("关于“示例”的通知", notice="示例")
    document.heading("一、要求")
    document.heading("（一）时间", 2)
    document.paragraph(f"请按时完成。{MARKUP}")
    document.table([("部门", 60), ("户数", 30)], [["县公安局", f"{number}户"] for number in range(rows)])
    document.image(PNG, "图一\n第二行", width=40)
    document.signing([("参加人", 54), ("签字", 60)], [["公证", ""]])
    document.signature("大英县市场监督管理局")
    return document


@pytest.mark.poppler
def test_everything_a_document_says_is_printed_in_its_order_and_nothing_is_an_instruction():
    said = re.sub(r"\s", "", printed_text(pdf(a_document(), NOTO)))
    wanted = [
        "示例", "关于“示例”的通知", "一、要求", "（一）时间", f"请按时完成。{MARKUP}", "部门", "户数", "县公安局",
        "0户", "图一", "第二行", "参加人", "签字", "公证", "大英县市场监督管理局", "—1—",
    ]  # fmt: skip
    assert said == re.sub(r"\s", "", "".join(wanted))


@pytest.mark.poppler
def test_a_long_table_goes_on_over_pages_with_its_head_and_every_row_whole():
    content = pdf(a_document(rows=120), NOTO)
    pages = printed_text(content).split("\f")[:-1]
    assert len(pages) > 3
    inside = [page for page in pages if "县公安局" in page]
    assert all("部门" in page for page in inside)
    rows = [re.findall(r"县公安局\s(\d+)\s?户", page) for page in inside]
    assert [int(number) for page in rows for number in page] == list(range(120))


@pytest.mark.poppler
def test_a_part_begins_a_page_with_the_notice_and_what_leads_a_table_is_on_its_page():
    document = Document("卷宗", notice="示例", page=FORM)
    for number in range(40):
        document.part(f"第{number}部分")
        for _ in range(number):
            document.paragraph("一行。")
        document.heading("一、人员")
        document.alert("人员不足")
        document.paragraph("如下。")
        document.table([("姓名", 60)], [["王明"]])
    pages = printed_text(pdf(document, NOTO)).split("\f")[:-1]
    pages = [re.sub(r"\s", "", page) for page in pages]
    assert pages[0].startswith("示例卷宗")
    assert [page[2:].split("部分")[0] for page in pages[1:] if page.startswith("示例")] == [f"第{n}" for n in range(40)]
    told = ["一、人员", "人员不足", "如下。", "姓名", "王明"]
    assert all(part in page for page in pages if "姓名" in page for part in told)


@pytest.mark.poppler
def test_a_row_to_sign_in_grows_with_its_text_and_is_high_enough_without():
    document = Document("卷宗", page=FORM)
    long = "很长的事项名称" * 12
    document.signing([("事项", 40), ("签字", 60)], [[long, ""], ["短", ""]])
    said = re.sub(r"\s", "", printed_text(pdf(document, NOTO)))
    assert long in said
    [page] = printed_pages(pdf(document, NOTO))
    # Down the last column, lines between rows are the only dark dots: below the long row there are 14 mm to sign in.
    lines = [y / 4 for y in range(4 * 30, 4 * 200) if page.is_dark(150 - 35, y / 4) and page.is_dark(150 - 30, y / 4)]
    gaps = [round(below - above) for above, below in pairwise(lines) if below - above > 2]
    assert gaps[-1] == 14
    assert gaps[-2] > 60


@pytest.mark.poppler
def test_page_numbers_stand_outside_on_odd_and_even_pages():
    content = pdf(a_document(rows=120), NOTO)
    assert [re.findall(r"— (\d+) —", page)[-1] for page in printed_text(content).split("\f")[:2]] == ["1", "2"]
    odd, even = printed_pages(content)[:2]
    foot = [(x / 2, 262 + y / 4) for x in range(2 * 28, 2 * 184) for y in range(4 * 14)]
    where = [[x for x, y in foot if page.is_dark(x, y)] for page in (odd, even)]
    assert min(where[0]) > 105 > max(where[1])


@pytest.mark.poppler
def test_every_font_is_embedded_as_far_as_it_is_used():
    fonts = printed_fonts(pdf(a_document(), NOTO))
    assert list(fonts.values()) == [["yes", "yes", "yes"]] * 3
    assert any("NotoSerifSC" in name for name in fonts)


def test_the_same_content_in_the_same_fonts_is_the_same_bytes_in_any_process():
    program = (
        "import hashlib; from tests.onevisit.documents.test_pdf import *; "
        "print(hashlib.sha256(pdf(a_document(30), NOTO)).hexdigest())"
    )
    others = [
        {"PYTHONHASHSEED": "1", "TZ": "Asia/Shanghai", "RAYON_NUM_THREADS": "1"},
        {"PYTHONHASHSEED": "2", "TZ": "America/New_York", "SOURCE_DATE_EPOCH": "86400"},
    ]
    first, second = (
        subprocess.run(
            [sys.executable, "-c", program], env={**os.environ, **one}, capture_output=True, text=True, check=True
        ).stdout
        for one in others
    )
    assert first == second


@pytest.mark.poppler
def test_the_pdf_names_the_font_files_it_is_made_of():
    content = pdf(a_document(), NOTO)
    told = subprocess.run(["pdfinfo", "-"], input=content, capture_output=True, check=True).stdout.decode()
    for path, digest in NOTO.files.items():
        assert f"{path} sha256:{digest}" in told
    assert "2000" in told


def test_the_offices_own_typefaces_come_first_and_noto_has_what_they_lack():
    families = chosen({"FangSong": SERIF, "SimHei": SANS, "Noto Serif SC": SERIF, "Noto Sans SC": SANS}).families
    assert families["text"] == ("FangSong", "Noto Serif SC")
    assert families["black"] == ("SimHei", "Noto Serif SC")
    assert families["title"] == ("Noto Serif SC",)
    # One Chinese typeface is enough for a document.
    assert set(chosen({"Noto Sans CJK SC": SANS}).families.values()) == {("Noto Sans CJK SC",)}


def test_only_the_chosen_files_are_loaded(tmp_path):
    for name in ("a.otf", "chosen.otf"):
        shutil.copyfile(SERIF, tmp_path / name)
    typefaces = chosen({"Noto Serif SC": tmp_path / "chosen.otf"})
    assert list(typefaces.files) == ["chosen.otf"]
    assert [Path(one.path).name for one in typefaces.fonts.fonts() if one.path] == ["chosen.otf"]


def test_without_a_chinese_typeface_it_is_said_what_was_looked_for_and_what_to_install():
    with pytest.raises(RefusedError) as refused:
        chosen({"DejaVu Sans": SANS})
    assert refused.value.problems[0].code == "W001"
    for wanted in ("FangSong", "SimHei", "Noto Serif CJK SC", "Source Han Serif SC", "apt install fonts-noto-cjk"):
        assert wanted in refused.value.zh()


def test_a_character_that_no_typeface_has_is_refused_by_name():
    document = a_document()
    document.paragraph("한글")
    with pytest.raises(RefusedError) as refused:
        pdf(document, NOTO)
    assert [one.code for one in refused.value.problems] == ["W002"]
    assert "한글" in refused.value.zh()


def test_this_machine_can_make_a_pdf():
    assert pdf(a_document(), installed()).startswith(b"%PDF-")
