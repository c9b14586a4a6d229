"""The page in a real browser: a person decides, is refused, signs, and is stopped by a changed log."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from pipelines.review.access import Person
from pipelines.review.app import review_page
from tests.onevisit.plan import reviews
from tests.pipelines.review.desks import APPROVER, PARTICIPANT, REVIEWER, STEP, YEAR
from tests.pipelines.review.test_pages import decide, decide_all, filled

pytestmark = pytest.mark.browser

PAGES = (
    "/", "/questions", "/merges", "/merges/1", "/pair?one=GA-2027-01&other=WL-2027-01", "/versions", "/upload",
    "/sign", "/log", "/nowhere",
)  # fmt: skip


@pytest.fixture
def address(bureau) -> Iterator[str]:
    """Serve the bureau's page on a free port of this machine."""
    listening = socket.create_server(("127.0.0.1", 0))
    page = review_page(bureau.settings, bureau.settings.county(), YEAR)
    server = uvicorn.Server(uvicorn.Config(page, log_level="critical"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join()


class Desk:
    """Somebody at a browser window; what the console complains of is kept."""

    def __init__(self, context: BrowserContext, address: str, token: str) -> None:
        self.address, self.complaints = address, list[str]()
        self.page: Page = context.new_page()
        self.page.set_default_timeout(5000)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda one: self.complaints.append(one.text) if one.type == "error" else None)
        self.page.on("request", self._outside)
        self.go("/login")
        self.page.fill("#token", token)
        self.page.press("#token", "Enter")
        self.page.wait_for_url(f"{address}/")

    def go(self, path: str) -> Page:
        self.page.goto(self.address + path)
        return self.page

    def card(self, title: str):
        return self.page.locator(".question", has=self.page.get_by_role("heading", name=title))

    def _outside(self, request) -> None:
        if not request.url.startswith((self.address, "data:")):
            self.complaints.append(request.url)


@pytest.fixture
def sits(bureau, browser, address) -> Iterator:
    """Seat somebody at a window of their own."""
    contexts: list[BrowserContext] = []

    def sit(person: Person, **options) -> Desk:
        contexts.append(browser.new_context(viewport={"width": 1280, "height": 900}, **options))
        return Desk(contexts[-1], address, bureau.token(person))

    yield sit
    for context in contexts:
        context.close()


def test_every_page_is_accessible_quiet_and_as_wide_as_the_screen(bureau, sits, visitor):
    decide(visitor(REVIEWER), "ratio", "GA-2027-01", "调整比例", value="6%", why="专项整治")
    reviewer, participant = sits(REVIEWER), sits(PARTICIPANT)
    visits = [(reviewer, "/login"), *((reviewer, path) for path in PAGES), (participant, "/")]
    for desk, path in visits:
        page = desk.go(path)
        assert page.locator("h1").count() == 1, path
        violations = Axe().run(page, options={"preload": False}).response["violations"]
        assert [(path, one["id"], one["nodes"][0]["html"]) for one in violations] == []
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (path, width)
    # The browser itself notes the page that is not there.
    assert [one for one in reviewer.complaints + participant.complaints if "404" not in one] == []


def test_a_refusal_is_shown_in_place_and_then_the_decision(bureau, sits):
    desk = sits(REVIEWER)
    page = desk.go("/questions?topic=row")
    card = desk.card("GA-2027-02")
    card.get_by_label("退回部门").check()
    card.get_by_label("理由", exact=True).press("Enter")
    expect(card.get_by_role("alert")).to_contain_text("“退回部门”没有写理由")
    expect(card.get_by_label("退回部门")).to_be_checked()
    assert bureau.log() == []
    card.get_by_label("理由", exact=True).fill("依据不足")
    card.get_by_role("button", name="记入决定").click()
    expect(card).to_contain_text("已记入决定记录第1条")
    expect(card).to_be_focused()
    expect(page.locator("#uncounted")).to_contain_text("有 1 条新决定尚未计入计划")
    # The other questions are where they were, and nothing was loaded anew.
    expect(desk.card("GA-2027-01")).to_contain_text("待决定")
    assert page.url.endswith("/questions?topic=row")
    assert [one.details["answer"] for one in bureau.log()] == ["return"]
    assert Axe().run(page, options={"preload": False}).response["violations"] == []
    assert desk.complaints == []


def test_who_comes_second_is_told_in_place(bureau, sits):
    first, second = sits(REVIEWER), sits(Person("孙审核", "reviewer"))
    for desk in (first, second):
        desk.go("/questions?topic=merge")
        desk.card("第1步").get_by_label("同意合并", exact=True).check()
    first.card("第1步").get_by_role("button").click()
    expect(first.card("第1步")).to_contain_text("已记入")
    second.card("第1步").get_by_role("button").click()
    expect(second.card("第1步").get_by_role("alert")).to_contain_text("李审核于")
    assert len(bureau.log()) == 1


def test_everything_is_decided_signed_by_two_and_cancelled_by_a_new_decision(bureau, sits):
    desk = sits(REVIEWER)
    page = desk.go("/questions?topic=row")
    page.get_by_label("我已逐条看过").check()
    page.get_by_role("button", name="本页全部同意").click()
    expect(page.locator(".said.good").first).to_contain_text("已记入 5 条决定：同意")
    desk.go("/merges/1")
    desk.card("第1步").get_by_label("同意合并", exact=True).check()
    desk.card("第1步").get_by_role("button").click()
    expect(desk.card("第1步")).to_contain_text("已记入")
    desk.go("/questions")
    for word in ("照原计划", "按上限执行", "不参加"):
        card = page.locator(".question", has=page.get_by_label(word)).filter(has_text="待决定").first
        card.get_by_label(word).check()
        card.get_by_label("理由", exact=True).fill("已商定")
        card.get_by_role("button", name="记入决定").click()
        expect(page.locator("#said")).to_contain_text(word)
    desk.go("/sign")
    expect(page.get_by_text("条新决定尚未计入计划，不能签署")).to_be_visible()
    bureau.run_plan()
    desk.go("/sign")
    page.get_by_role("button", name="审核同意本版计划").click()
    expect(page.locator(".said.good").first).to_contain_text("已记入")
    approver = sits(APPROVER)
    approver.go("/sign").get_by_role("button", name="签批同意本版计划").click()
    expect(approver.page.get_by_text("可以抽取")).to_be_visible()
    desk.go("/questions?topic=row&state=decided")
    page.get_by_text("调整抽查比例或者检查时段").first.click()
    ratio = page.locator(".card details .question").first
    ratio.get_by_label("新的比例").fill("6%")
    ratio.get_by_label("理由", exact=True).fill("专项整治")
    ratio.get_by_role("button").click()
    expect(page.locator("#said")).to_contain_text("6%")
    expect(approver.go("/").get_by_text("已被取消").first).to_be_visible()
    assert desk.complaints + approver.complaints == []


def test_a_workbook_is_uploaded_and_comes_back_marked(bureau, sits, tmp_path):
    content = filled(bureau, ("GA-2027-01", {"审核意见": "退回部门"}))
    (tmp_path / "审核表.xlsx").write_bytes(content)
    page = sits(REVIEWER).go("/upload")
    page.set_input_files("#file", tmp_path / "审核表.xlsx")
    page.get_by_role("button", name="上传并记入").click()
    expect(page.get_by_role("alert")).to_contain_text("没有导入：表中有 1 处错误")
    assert Axe().run(page, options={"preload": False}).response["violations"] == []
    with page.expect_download() as download:
        page.get_by_role("link", name="下载标红的审核表").click()
    assert download.value.suggested_filename == "年度抽查计划审核表（标红）.xlsx"
    assert bureau.log() == []


def test_a_changed_log_stops_everything(bureau, sits, visitor):
    decide_all(bureau, visitor(REVIEWER))
    desk = sits(REVIEWER)
    page = desk.go("/sign")
    bureau.log_path.write_text(bureau.log_path.read_text("utf-8").replace('"keep"', '"return"', 1), "utf-8")
    page.get_by_role("button", name="审核同意本版计划").click()
    expect(page.get_by_role("heading", name="决定记录被改动，一切停止办理")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("决定记录第1条与链不符")
    assert Axe().run(page, options={"preload": False}).response["violations"] == []


def test_without_scripts_and_by_keyboard_alone_a_decision_is_made(bureau, sits):
    desk = sits(REVIEWER, java_script_enabled=False)
    page = desk.go("/questions?topic=row")
    desk.card("GA-2027-01").get_by_label("同意").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.locator(".said.good").first).to_contain_text("已记入决定记录第1条")
    assert [one.details["answer"] for one in bureau.log()] == ["keep"]


def test_the_plan_may_change_under_an_open_window(bureau, sits):
    desk = sits(REVIEWER)
    desk.go("/questions?topic=row")
    card = desk.card("GA-2027-01")
    card.get_by_label("同意").check()
    bureau.run_plan(reviews.plan(rows=({"ratio_text": "6%"}, *reviews.ROWS[1:]), proposals=(STEP,)))
    card.get_by_role("button", name="记入决定").click()
    expect(card.get_by_role("alert")).to_contain_text("这个问题的内容变了")
    expect(card).to_contain_text("6%")
    assert bureau.log() == []
