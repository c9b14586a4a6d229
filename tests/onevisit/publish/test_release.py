"""A release is whole, the same bytes for the same tables, and refuses what must not go out."""

import datetime as dt
import hashlib
import re
from dataclasses import replace

import polars as pl
import pytest

from onevisit.draw.disclosure import public_files
from onevisit.draw.evidence import replay_digest
from onevisit.errors import RefusedError
from onevisit.publish.proofread import flaws
from onevisit.publish.release import assemble, released_table
from onevisit.publish.site import site_pages
from onevisit.publish.tables import Released
from tests.onevisit.draw.samples import WITNESSED, held
from tests.onevisit.publish.counties import CERTIFICATE, INSPECTOR, NASTY, NOTE, TODAY, Made, known, made, site_of

COUNTY = made()


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return assemble(site_of(COUNTY), known(COUNTY))


def pages(files: dict[str, bytes]) -> dict[str, str]:
    return {name: data.decode() for name, data in files.items() if name.endswith(".html")}


def renamed(name: str) -> Made:
    """The county with a drawn object of another name."""
    drawn = COUNTY.drawn["object_id"][2]
    new = pl.when(pl.col("object_id") == drawn).then(pl.lit(name)).otherwise("name").alias("name")
    return Made({**COUNTY.frames, "objects": COUNTY.objects.with_columns(new)})


def test_every_page_is_chinese_with_one_heading_a_title_and_a_way_past_the_menu(files: dict[str, bytes]):
    for name, page in pages(files).items():
        assert '<html lang="zh-CN">' in page, name
        assert page.count("<h1>") == 1, name
        if not name.startswith("notices/"):
            assert 'class="skip"' in page, name
            assert re.search(r"<title>[^<]+ · 大英县", page), name
        assert page.count("<table") == page.count("<caption"), name
        assert page.count('<th scope="') + page.count('scope="rowgroup"') == page.count("<th "), name


def test_no_page_loads_anything_from_elsewhere_or_runs_a_script_of_its_own(files: dict[str, bytes]):
    for name, page in pages(files).items():
        assert not re.search(r'(href|src|action)="(https?:)?//', page), name
        # The page that replays a draw and the notices are one file each, to be kept and used without a network.
        if name.startswith("notices/"):
            assert not re.search(r" src=|<link|<script| on[a-z]+=", page), name
        elif name == "replay.html":
            assert not re.search(r" src=|<link| style=| on[a-z]+=", page)
        else:
            assert not re.search(r"<script(?! src=)|<style| style=| on[a-z]+=", page), name
    assert b"http" not in files["site.css"]
    assert b"@import" not in files["site.css"]


def test_a_made_up_county_says_so_on_every_page_and_a_real_one_never(files: dict[str, bytes]):
    notice = "示例数据，不代表任何真实主体或检查"
    assert all(notice in page for page in pages(files).values())
    real = assemble(site_of(COUNTY, is_demonstration=False), known(COUNTY))
    assert not any("示例" in page for page in pages(real).values())


def test_names_that_try_to_break_out_are_shown_as_they_are(files: dict[str, bytes]):
    listed = "".join(page for name, page in pages(files).items() if name.startswith("lists/"))
    shown = set(site_of(COUNTY).tables["drawn"]["name"]) & set(NASTY)
    assert shown == set(NASTY)
    assert "&lt;/script&gt;&lt;script&gt;alert(1)" in listed
    assert "{{7*7}}" in listed
    assert not any("<script>alert" in data.decode() for name, data in files.items() if name.endswith((".html", ".js")))


def test_no_class_ratio_is_in_any_file(files: dict[str, bytes]):
    assert any(COUNTY.submitted["is_by_class"])
    texts = [data.decode("utf-8", "ignore") for name, data in files.items() if not name.startswith("draws/")]
    assert not any(re.search(r"[A-D]类", text) for text in texts)


def test_other_classes_with_the_same_drawn_make_no_other_byte(files: dict[str, bytes]):
    """By construction: what the public gets does not depend on any class, stratum or ticket."""
    other = Made(
        {
            **COUNTY.frames,
            "objects": COUNTY.objects.with_columns(credit_class=pl.lit("D")),
            "drawn": COUNTY.drawn.with_columns(stratum=pl.lit("D"), ticket=pl.lit("9" * 64)),
        }
    )
    assert assemble(site_of(other), known(other)) == files


def test_nothing_of_a_class_is_in_any_page_or_script(files: dict[str, bytes]):
    explains_the_protocol = ("verify.html", "replay.html", "replay.js")
    for name, data in files.items():
        if name.endswith((".html", ".js", ".csv", ".jsonl")) and name not in explains_the_protocol:
            assert not re.search(r"credit_class|risk_class|stratum|[A-D]\s*类|[A-D]级", data.decode()), name


def test_names_that_try_to_break_out_do_no_harm_anywhere():
    nasty = NASTY[0] + NASTY[1] + NASTY[2]
    county = Made(
        {
            **COUNTY.frames,
            "tasks": COUNTY.tasks.with_columns(name=pl.lit(nasty), lead_department=pl.lit(nasty)),
            "submitted": COUNTY.submitted.with_columns(task_name=pl.lit(nasty), scope_text=pl.lit(nasty)),
            "items": COUNTY.items.with_columns(
                item_name=pl.lit(nasty), content=pl.lit([nasty]), materials=pl.lit([nasty]), legal_basis=pl.lit(nasty)
            ),
            "objects": COUNTY.objects.with_columns(name=pl.lit(nasty)),
            "scores": COUNTY.scores.with_columns(measure=pl.lit(nasty)),
        }
    )
    made_of_it = assemble(site_of(county), known(county))
    for name, data in made_of_it.items():
        if name.endswith((".html", ".js")):
            assert b"<script>alert" not in data, name
        if name.endswith(".html"):
            assert "49" not in re.sub(
                r"[0-9a-f]{12,}", "", data.decode().partition("<main")[2].partition("</h1>")[0]
            ), name
        if name.endswith(".csv"):
            assert not re.search(r'(^|,)"?[=+@]', data.decode("utf-8-sig"), re.MULTILINE), name
    assert "{{7*7}}" in made_of_it["index.html"].decode()


def test_before_its_day_a_task_s_list_is_in_no_file():
    task = COUNTY.tasks.row(by_predicate=pl.col("task_id") == "T002", named=True)
    day_before = task["starts_on"] - dt.timedelta(days=1)
    files = assemble(site_of(COUNTY, day_before), known(COUNTY))
    drawn = COUNTY.drawn.filter(pl.col("task_id") == "T002")["object_id"]
    public = COUNTY.drawn.filter(pl.col("task_id") == "T001")["object_id"]
    secret = [one for one in drawn.unique() if one not in public.to_list()]
    assert secret
    assert "lists/T001.html" in files
    assert "lists/T002.html" not in files
    assert not any(one.encode() in data for one in secret for data in files.values())


def test_a_locked_round_shows_commitments_only(files: dict[str, bytes]):
    locked = "draws/510923-2027-02-1/"
    assert {name.removeprefix(locked) for name in files if name.startswith(locked)} == {
        "index.html", "COMMITMENT", "COMMITS", "DRAW", "ROOT", "chains.tsv",
    }  # fmt: skip
    assert "e" * 64 not in files[locked + "index.html"].decode()


def witnessed_page(today: dt.date, *, without: str) -> str:
    """The page of the round with classes, whose witnesses but one have replayed."""
    evidence = held(WITNESSED)
    lines = evidence["RECORDS"].splitlines(keepends=True)
    evidence = {
        **evidence,
        "RECORDS": b"".join(line for line in lines if f'"witness": "{without}"'.encode() not in line),
    }
    site = site_of(COUNTY, today)
    one = COUNTY.rounds.row(by_predicate=pl.col("disclosure") == "witnessed", named=True)
    public = public_files(evidence, disclosure="witnessed", locked_until=one["locked_until"], today=today)
    files = assemble(replace(site, draws={**site.draws, one["serial"]: public}), known(COUNTY))
    return files[f"draws/{one['serial']}/index.html"].decode()


def test_the_page_of_a_witnessed_round_has_each_witness_s_digest_or_says_whose_is_missing():
    day, digest = dt.date(2027, 12, 31), replay_digest(held(WITNESSED))
    page = witnessed_page(day, without="notary")
    assert page.count(digest) == 2
    assert "尚未登记复算摘要：公证。" in page
    whole = witnessed_page(day, without="nobody")
    assert whole.count(digest) == 3
    assert "全部见证人的摘要均已登记" in whole
    assert digest not in witnessed_page(TODAY, without="nobody")


def test_a_page_without_digests_says_so_and_an_open_round_has_none():
    files = assemble(site_of(COUNTY, dt.date(2027, 12, 31)), known(COUNTY))
    pages = {one["serial"]: one["disclosure"] for one in COUNTY.rounds.iter_rows(named=True)}
    for serial, disclosure in pages.items():
        page = files[f"draws/{serial}/index.html"].decode()
        assert ("尚未登记复算摘要：" in page) == (disclosure == "witnessed"), serial
        assert ("见证人的复算摘要" in page) == (disclosure == "witnessed"), serial


def test_every_name_and_number_that_is_sealed_stops_the_release():
    for name in ("张三13800138000小吃", INSPECTOR, CERTIFICATE):
        county = renamed(name)
        strict = replace(known(COUNTY), words=known(COUNTY).words - {name})
        with pytest.raises(RefusedError) as refused:
            assemble(site_of(county), strict)
        assert {problem.code for problem in refused.value.problems} == {"U001"}
        assert {"lists/T001.html", "open-data/drawn.csv", "open-data/全部数据.xlsx", "search-data.js"} <= {
            problem.file for problem in refused.value.problems
        }
        assert name not in str(refused.value)


def test_links_all_lead_somewhere_and_a_missing_page_is_found(files: dict[str, bytes]):
    assert flaws(files, names=set(NASTY)) == []
    without = {name: data for name, data in files.items() if name != "tasks/T001.html"}
    assert {one.code for one in flaws(without, names=set(NASTY))} == {"U011"}


def test_leftovers_are_found_unless_a_business_is_called_that():
    page = "<p>None</p><p>{{ x }}</p><p><built-in method pop of dict object at 0x7f></p><p>南南None店</p>".replace(
        "<built", "&lt;built"
    )
    texts = [one.value for one in flaws({"a.html": page.encode()}, names=())]
    assert [text[:9] for text in texts] == ["None", "{{ x }}", "<built-in"]
    assert flaws({"a.html": b"<p>None</p>"}, names={"None"}) == []


def test_an_anchor_a_page_does_not_have_is_a_broken_link():
    files = {"a.html": b'<p id="x"><a href="b.html#y">1</a><a href="#x">2</a></p>', "b.html": b"<p></p>"}
    assert [one.value for one in flaws(files, names=())] == ["b.html#y"]


def test_a_long_list_goes_on_over_pages_of_bearable_size():
    county = made(4, 252, 450)
    files = site_pages(site_of(county))
    assert {"lists/T001.html", "lists/T001-2.html", "lists/T001-3.html"} <= set(files)
    listed = "".join(files[f"lists/T001{n}.html"].decode() for n in ("", "-2", "-3"))
    assert all(f">{one}<" in listed for one in county.drawn.filter(pl.col("task_id") == "T001")["object_id"])
    assert max(len(data) for name, data in files.items() if name.endswith((".html", ".js"))) < 100_000


def test_a_county_without_plan_or_draw_has_a_site_too():
    empty = Made({name: frame.clear() for name, frame in COUNTY.frames.items()})
    site = replace(site_of(empty), fingerprint="", approved_at=None)
    files = assemble(site, known(COUNTY))
    assert "计划尚未签批" in files["index.html"].decode()
    assert not any(name.startswith(("tasks/", "lists/", "draws/5")) for name in files)


def test_the_same_county_gives_the_same_release_whatever_the_order_of_rows(files: dict[str, bytes]):
    shuffled = Made({name: frame.sample(fraction=1, shuffle=True, seed=3) for name, frame in COUNTY.frames.items()})
    again = assemble(site_of(shuffled), known(shuffled))
    assert {name: hashlib.sha256(data).hexdigest() for name, data in again.items()} == {
        name: hashlib.sha256(data).hexdigest() for name, data in files.items()
    }


def test_the_table_of_a_release_has_every_file_with_its_fingerprint(files: dict[str, bytes]):
    table = released_table(files)
    Released.validate(table, lazy=True)
    assert table["path"].to_list() == sorted(files)
    assert table["byte_count"].sum() == sum(map(len, files.values()))


def test_every_version_has_its_day_its_reason_and_its_changes(files: dict[str, bytes]):
    page = files["versions.html"].decode()
    assert page.index("第 2 版") < page.index("第 1 版")
    assert all(text in page for text in (NOTE, "本年度首次签批的计划", "2027年12月28日签批", "取消的任务", "结束日期"))
    assert 'href="versions.html"' in files["plan.html"].decode()


def test_the_footer_says_the_day_and_the_plan(files: dict[str, bytes]):
    page = files["verify.html"].decode()
    assert f"数据截至 {TODAY.year}年{TODAY.month}月{TODAY.day}日" in page
    assert "555555555555" in page
    assert "2026年12月28日签批" in page
