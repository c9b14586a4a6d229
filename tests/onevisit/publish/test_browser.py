"""Every kind of page, from a folder, as wide as a phone and as a desk: no violation, no error, no request."""

import shutil
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import polars as pl
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from onevisit.draw.merkle import proof_file, prove
from onevisit.publish.archive import stored_zip
from onevisit.publish.release import assemble
from tests.conftest import QUIET
from tests.onevisit.publish.counties import NASTY, VECTORS, credit_code, known, made, site_of

pytestmark = pytest.mark.browser

KINDS = [
    "index.html", "items.html", "items/ABC-001.html", "plan.html", "plan-table.html", "versions.html",
    "tasks/T003.html", "draws.html", "draws/510923-2027-01-1/index.html", "draws/510923-2027-02-1/index.html",
    "lists/T001.html", "results.html", "results/T003.html", "search.html?q=蓬莱镇", "mine.html",
    "mine.html?q=" + credit_code(3), "supervision.html", "data.html", "dictionary.html", "verify.html",
    "replay.html", "appeal.html", "releases.html",
]  # fmt: skip


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("public")
    for name, data in assemble(site_of(made()), known(made())).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


@pytest.fixture(params=[390, 1280])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": request.param, "height": 800})
    yield opened
    opened.close()


def address(release: Path, kind: str) -> str:
    name, question, asked = kind.partition("?")
    return (release / name).as_uri() + question + asked


def test_every_kind_of_page_is_accessible_quiet_and_as_wide_as_the_screen(page: Page, release: Path):
    errors: list[str] = []
    outside: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: None if request.url.startswith("file://") else outside.append(request.url))
    for kind in KINDS:
        page.goto(address(release, kind))
        violations = Axe().run(page, options={"preload": False}).response["violations"]
        assert [(kind, one["id"], one["nodes"][0]["html"]) for one in violations] == []
        widths = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert widths[0] <= widths[1], kind
    assert errors == []
    assert outside == []


def test_no_page_scrolls_sideways_where_the_scroll_bar_takes_room(browser: Browser, release: Path):
    with_bars = browser.browser_type.launch(
        executable_path=shutil.which("chromium"), args=QUIET, ignore_default_args=["--hide-scrollbars"]
    )
    page = with_bars.new_page(viewport={"width": 1100, "height": 700})
    for kind in KINDS:
        page.goto(address(release, kind))
        room = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert room[0] <= room[1], kind
    with_bars.close()


def test_the_search_finds_parts_of_names_and_shows_nasty_ones_as_text(page: Page, release: Path):
    page.goto((release / "index.html").as_uri())
    page.fill("#find", "script alert")
    page.press("#find", "Enter")
    page.wait_for_url("**/search.html?q=*")
    assert NASTY[0] in page.locator(".hits tbody th").first.inner_text()
    page.fill("#find", "蓬莱镇 ９２５１０９２３ 超市")
    found = page.locator(".hits tbody tr").count()
    assert 0 < found == page.locator(".hits tbody tr", has_text="超市").count()
    page.fill("#find", "没有这个名字")
    assert "没有找到" in page.locator("#found").inner_text()


def test_the_filter_of_a_list_hides_what_does_not_fit_and_gives_it_back(page: Page, release: Path):
    page.goto((release / "items.html").as_uri())
    everything = page.locator("#items tbody tr:visible").count()
    page.fill("#filter-items", "县公安局")
    assert page.locator("#items tbody tr:visible").count() == 3
    assert "2 行" in page.locator("[data-filter=items] [role=status]").inner_text()
    page.fill("#filter-items", "")
    assert page.locator("#items tbody tr:visible").count() == everything


@pytest.fixture
def portal(release: Path) -> Iterator[str]:
    """Address of a plain http server that serves the release."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(release)))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_a_portal_without_encryption_serves_it_too_and_no_page_asks_another(browser: Browser, portal: str):
    page = browser.new_page()
    outside: list[str] = []
    page.on("request", lambda request: None if request.url.startswith(portal) else outside.append(request.url))
    page.goto(f"{portal}mine.html?q={credit_code(3)}")
    page.wait_for_selector(".planned tbody tr")
    page.goto(f"{portal}search.html?q=蓬莱镇")
    page.wait_for_selector(".hits tbody tr")
    page.goto(f"{portal}replay.html")
    page.set_input_files("#files", list((VECTORS / "open").iterdir()))
    page.wait_for_selector("#outcome .good")
    assert outside == []
    page.close()


def test_without_scripts_the_lists_stand(browser: Browser, release: Path):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((release / "lists/T001.html").as_uri())
    assert page.locator("#drawn tbody tr").count() == 6
    assert not page.locator("[data-filter]").is_visible()
    page.goto((release / "search.html").as_uri())
    assert page.locator("noscript").inner_text().startswith("您的浏览器关闭了脚本")
    context.close()


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A round of the protocol's vectors as a zip, whole, with a changed byte, and compressed; and its folder."""
    folder = tmp_path_factory.mktemp("evidence")
    files = {path.name: path.read_bytes() for path in (VECTORS / "open").iterdir()}
    (folder / "whole.zip").write_bytes(stored_zip(files))
    (folder / "below.zip").write_bytes(stored_zip({f"draw/{name}": data for name, data in files.items()}))
    (folder / "changed.zip").write_bytes(stored_zip(files | {"SEED": b"0" * 64 + b"\n"}))
    with zipfile.ZipFile(folder / "squeezed.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("DRAW", files["DRAW"] * 40)
    objects = files["objects.tsv"]
    one = objects.split(b"\t")[0].decode()
    (folder / "proof.json").write_bytes(proof_file(one, prove(objects, one)))
    (folder / "who").write_text(one)
    (folder / "root").write_bytes(files["ROOT"])
    return folder


def test_the_page_turns_red_on_a_changed_byte_of_whatever_it_checks(browser: Browser, release: Path, tmp_path: Path):
    page = browser.new_page()
    page.goto((release / "replay.html").as_uri())
    whole = {path.name: path.read_bytes() for path in (VECTORS / "open").iterdir()}
    page.set_input_files("#files", [VECTORS / "open" / name for name in whole])
    page.wait_for_selector("#outcome .good")
    checked = page.locator("#outcome tr", has_text="已核对").locator("th").all_inner_texts()
    assert {"SEED", "drawn.tsv", "objects.tsv", "REVEALS"} <= set(checked)
    for name in checked:
        changed = bytearray(whole[name])
        changed[len(changed) // 2] ^= 1
        (tmp_path / "changed.zip").write_bytes(stored_zip(whole | {name: bytes(changed)}))
        page.set_input_files("#files", tmp_path / "changed.zip")
        page.wait_for_selector("#outcome .bad")
        page.set_input_files("#files", VECTORS / "open" / "DRAW")
    page.close()


def test_a_business_finds_what_is_public_about_it_by_code_and_by_name(page: Page, release: Path):
    drawn = site_of(made()).tables["drawn"].filter(~pl.col("name").is_in(NASTY)).row(0, named=True)
    for asked in (drawn["object_id"], f" {drawn['name']}　"):
        page.goto((release / "mine.html").as_uri())
        page.fill("#find", asked)
        page.press("#find", "Enter")
        page.wait_for_selector("#card h2")
        assert page.locator("#card h2").first.inner_text() == drawn["name"]
        assert page.locator(".taken tbody tr").count() >= 1
        assert page.locator(".papers li").count() > 0
        assert page.locator(".planned tbody tr").count() > 0
    page.fill("#find", NASTY[0])
    page.press("#find", "Enter")
    page.wait_for_selector("h2.who:has-text('alert(1)')")
    page.fill("#find", "没有这个名字")
    page.press("#find", "Enter")
    page.wait_for_selector("#found:has-text('没有找到')")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("whole.zip", "核对通过"),
        ("below.zip", "核对通过"),
        ("changed.zip", "核对不通过：SEED：与重算结果不一致"),
        ("squeezed.zip", "请解压后选择文件夹"),
        ("proof.json", "核对不通过"),
    ],
)
def test_a_reader_gives_a_zip_to_the_page_and_is_told_step_by_step(
    browser: Browser, release: Path, evidence: Path, name: str, said: str
):
    page = browser.new_page()
    page.goto((release / "replay.html").as_uri())
    page.set_input_files("#files", evidence / name)
    page.wait_for_selector("#outcome .good, #outcome .bad")
    told = page.locator("#outcome").inner_text()
    assert said in told
    assert ("全程留痕\t成立" in told) == (said == "核对通过")
    assert ("drawn.tsv\t已核对" in told) == (said == "核对通过")
    page.close()


def test_a_reader_checks_a_proof_of_membership(browser: Browser, release: Path, evidence: Path):
    page = browser.new_page()
    page.goto((release / "replay.html").as_uri())
    page.set_input_files("#proof", evidence / "proof.json")
    page.fill("#root", (evidence / "root").read_text())
    page.fill("#who", (evidence / "who").read_text())
    page.click("#check")
    page.wait_for_selector("#membership-outcome .good")
    assert "在冻结的名录中" in page.locator("#membership-outcome").inner_text()
    page.fill("#root", "0" * 64)
    page.click("#check")
    page.wait_for_selector("#membership-outcome .bad")
    page.close()
