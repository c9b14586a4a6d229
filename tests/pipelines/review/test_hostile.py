"""Requests nobody should send: each is refused, changes nothing, and is in the journal where it did something."""

import datetime as dt
import http.client
import json
import re
import socket
import stat
import subprocess
import sys
import time
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from starlette.testclient import TestClient

from pipelines.review.access import Person, Sessions, issue_token, wall_clock
from pipelines.review.app import COOKIE, LARGEST_FORM, STRANGERS, review_page
from pipelines.review.limits import Bucket
from tests.pipelines.review import desks
from tests.pipelines.review.desks import PARTICIPANT, REVIEWER, YEAR
from tests.pipelines.review.test_pages import decide, filled, upload

FORMS = ("/login", "/logout", "/answer", "/answers", "/upload", "/sign", "/withdraw", "/scheme")
PAGES = ("/", "/questions", "/merges", "/merges/1", "/pair", "/versions", "/upload", "/sign", "/log", "/scheme/T001")


def journal(bureau):
    path = bureau.settings.folders.review_journal(YEAR)
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def test_a_bucket_gives_what_it_holds_and_is_filled_by_time_alone():
    moment = [wall_clock()]
    bucket = Bucket(3, dt.timedelta(seconds=10), lambda: moment[0])
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]
    moment[0] -= dt.timedelta(hours=1)
    assert not bucket.take()
    moment[0] += dt.timedelta(seconds=9)
    assert not bucket.take()
    moment[0] += dt.timedelta(seconds=1)
    assert [bucket.take(), bucket.take()] == [True, False]
    moment[0] += dt.timedelta(days=1)
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]


@pytest.fixture
def slow(bureau):
    """A page whose clock stands still until it is moved."""
    moment = [wall_clock()]
    page = review_page(bureau.settings, bureau.settings.county(), YEAR, sessions=Sessions(lambda: moment[0]))
    client = TestClient(page, base_url="http://127.0.0.1:8800", raise_server_exceptions=False)
    return moment, desks.Browser(client)


def test_tokens_are_not_tried_without_end_and_the_right_one_waits_too(bureau, slow):
    moment, browser = slow
    for _ in range(STRANGERS[0]):
        assert "口令不对" in browser.login("not it")
    token = bureau.token(REVIEWER)
    browser.get("/login")
    assert "操作太频繁" in browser.post("/login", token=token)
    assert browser.status == 429
    moment[0] += STRANGERS[1]
    browser.get("/login")
    assert "李审核" in browser.post("/login", token=token)


def test_strangers_drive_out_nobody_who_is_inside_and_a_session_has_its_measure(bureau, slow):
    moment, browser = slow
    browser.login(bureau.token(REVIEWER))
    stranger = TestClient(browser.client.app, base_url="http://localhost")
    while stranger.post("/login", data={"token": "x"}).status_code != 429:
        pass
    statuses = {browser.client.get("/log").status_code for _ in range(320)}
    assert statuses == {200, 429}
    moment[0] += dt.timedelta(seconds=1)
    assert browser.client.get("/log").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/static/../../../etc/passwd", "/static/..%2f..%2fapp.py", "/static/%2e%2e%2fapp.py",
        "/static/review.css%00.py",
        "/scheme/../../sealed/2027/decisions.jsonl", "/scheme/..%2f..%2fsealed", "/scheme/T001%2f..", "//etc/passwd",
        "/merges/-1", "/merges/1e9", "/merges/%EF%BC%91",
    ],
)  # fmt: skip
def test_no_address_leads_out_of_the_page(visitor, path):
    for person in (REVIEWER, PARTICIPANT):
        response = visitor(person).client.get(path)
        # A scheme nobody has leads back to the start.
        assert response.status_code in (200, 403, 404)
        assert "root:" not in response.text and "_Door" not in response.text and '"prev' not in response.text


def test_a_scheme_s_name_leads_nowhere_else(bureau, visitor):
    participant = visitor(PARTICIPANT)
    secret = bureau.settings.folders.review_tokens(YEAR)
    assert secret.exists()
    for name in (f"../../sealed/{YEAR}/{secret.name}", "T001/../T001", "T001%00", "T001' or '1'='1"):
        response = participant.client.get(f"/scheme/{name}")
        assert "digest" not in response.text
        assert "attachment" not in response.headers.get("content-disposition", "")


@pytest.mark.parametrize("path", FORMS)
def test_a_form_from_another_site_does_nothing(bureau, visitor, path):
    for person in (REVIEWER, PARTICIPANT):
        browser = visitor(person)
        other = visitor(desks.APPROVER)
        other.get("/")
        for mark in (None, "", "x", "é", "\udcff", other.csrf, "\x00" * 40):
            form = {"topic": "row", "subject": "GA-2027-01", "word": "同意", "seen": "x", "token": "x"}
            content = "&".join(f"{name}={value}" for name, value in form.items()).encode()
            content += b"" if mark is None else b"&csrf=" + mark.encode(errors="surrogateescape")
            response = browser.client.post(
                path, content=content, headers={"content-type": "application/x-www-form-urlencoded"}
            )
            assert response.status_code == 403, (path, mark)
        assert '<label for="token">' not in browser.get("/")
    assert bureau.log() == []


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
def test_other_methods_are_answered_by_no_page(bureau, reviewer, method):
    for path in ("/", *FORMS):
        override = {"x-http-method-override": "POST", "_method": "POST"}
        assert reviewer.client.request(method, path, headers=override).status_code == 405, path
    assert bureau.log() == []


def test_looking_at_a_form_s_address_submits_nothing(bureau, reviewer):
    reviewer.get("/")
    query = f"?csrf={reviewer.csrf}&topic=row&subject=GA-2027-01&word=%E5%90%8C%E6%84%8F&seen=x"
    for path in FORMS:
        assert reviewer.client.get(path + query).status_code in (200, 405), path
    # What stands in the address of a form counts for nothing either.
    assert reviewer.client.post("/answer" + query).status_code == 403
    assert bureau.log() == []


def test_a_token_in_an_address_opens_nothing(bureau, visitor):
    browser = visitor(None)
    token = bureau.token(REVIEWER)
    assert '<label for="token">' in browser.get(f"/?token={token}")
    assert '<label for="token">' in browser.get(f"/login?token={token}")
    assert token not in browser.page


@pytest.mark.parametrize(
    "host", ["county.example", "127.0.0.1.county.example", "localhost@county.example", "", "[::1]", "192.0.2.1"]
)
def test_another_host_s_name_is_not_answered(reviewer, host):
    response = reviewer.client.get("/log", headers={"host": host, "x-forwarded-host": "127.0.0.1"})
    assert response.status_code == 400
    assert "李审核" not in response.text
    assert response.headers["content-security-policy"].startswith("default-src 'none'")


def test_a_form_is_no_larger_than_forms_are_and_nobody_uploads_before_the_login(bureau, reviewer, visitor):
    reviewer.get("/")
    response = reviewer.client.post("/answer", data={"csrf": reviewer.csrf, "why": "x" * LARGEST_FORM})
    assert response.status_code == 413 and "太大" in response.text
    assert visitor(None).client.post("/login", data={"token": "x" * LARGEST_FORM}).status_code == 413

    stranger = visitor(None).client
    file = {"file": ("a.xlsx", b"x" * LARGEST_FORM * 2)}
    response = stranger.post("/upload", files=file, follow_redirects=False)
    assert (response.status_code, response.headers["location"]) == (303, "/login")
    for length in ("", "-1", "1e3", "²"):
        headers = {"content-length": length.encode(), "content-type": "application/x-www-form-urlencoded"}
        assert stranger.post("/login", content=b"token=x", headers=headers).status_code == 411
    assert stranger.post("/login", content=iter([b"token=x"])).status_code == 411
    # Cut short, without a boundary, or with a thousand files: refused, not a fault.
    for content, kind in ((b"--b\r\nx", "multipart/form-data; boundary=b"), (b"x", "multipart/form-data")):
        assert reviewer.client.post("/upload", content=content, headers={"content-type": kind}).status_code in (
            400,
            403,
        )
    many = [("file", (f"{n}.xlsx", b"x")) for n in range(20)]
    assert reviewer.client.post("/upload", data={"csrf": reviewer.csrf}, files=many).status_code == 400
    assert bureau.log() == []


def test_no_header_is_written_by_who_asks(reviewer):
    reviewer.get("/questions?topic=row")
    form = reviewer.form_of("GA-2027-01") | {"word": "同意", "csrf": reviewer.csrf}
    back = "/x\r\nset-cookie: a=b\r\n\r\n<script>"
    response = reviewer.client.post("/answer", data=form | {"back": back}, follow_redirects=False)
    assert response.status_code == 303
    assert "a=b" not in response.headers.get("set-cookie", "")
    assert not re.search(r"[\r\n<]", response.headers["location"])


def test_a_name_with_a_script_is_text_on_every_page_and_one_line_in_the_journal(bureau, visitor):
    name = '<script>alert(1)</script>"\n{"by":"王签批"}\x1b[2J'
    browser = visitor(Person(name, "reviewer"))
    decide(browser, "row", "GA-2027-02", "退回部门", why='"><img src=x onerror=alert(1)>')
    for path in PAGES:
        browser.get(path)
        assert "<script>alert" not in browser.page and "<img src=x" not in browser.page, path
    assert {line["by"] for line in journal(bureau)} == {name}


def test_what_is_typed_is_no_formula_in_the_workbook_that_comes_back(bureau, reviewer):
    typed = ('=HYPERLINK("https://county.example")', "@SUM(1+1)*cmd|' /C calc'!A0")
    decide(reviewer, "row", "GA-2027-02", "退回部门", why=typed[0])
    content = filled(
        bureau, ("GA-2027-01", {"审核意见": "退回部门", "理由": typed[1]}), ("WL-2027-01", {"审核意见": "退"})
    )
    upload(reviewer, content, name="../../=审核表.xlsx")
    back = reviewer.client.get("/upload/marked")
    assert back.headers["content-disposition"].startswith("attachment; filename*=UTF-8''%E5%B9%B4")
    cells = [
        cell for sheet in openpyxl.load_workbook(BytesIO(back.content)) for row in sheet.iter_rows() for cell in row
    ]
    for text in typed:
        found = [cell for cell in cells if text in str(cell.value)]
        assert found and all(cell.data_type == "s" for cell in found)


def test_what_somebody_does_is_in_the_journal_with_who_and_when_and_nothing_typed(bureau, visitor):
    stranger = visitor(None)
    stranger.login("32010619800101123X")
    reviewer = visitor(REVIEWER)
    reviewer.get("/questions")
    before = len(journal(bureau))
    decide(reviewer, "row", "GA-2027-02", "退回部门", why="电话13912345678")
    decide(reviewer, "row", "GA-2027-01", "退回部门")
    participant = visitor(PARTICIPANT)
    participant.get("/sign")
    lines = journal(bureau)
    assert [(line["did"], line["about"], line["status"]) for line in lines[before:]] == [
        ("POST /answer", "row GA-2027-02", 303),
        ("POST /answer", "P101", 422),
        ("POST /login", "", 303),
        ("GET /sign", "", 403),
    ]
    assert lines[0]["did"] == "POST /login" and (lines[0]["by"], lines[0]["status"]) == ("", 403)
    assert lines[-1] | {"at": "", "did": "", "status": 0} == {
        "at": "", "by": "赵警官", "role": "participant", "department": "县公安局", "did": "", "about": "", "status": 0,
    }  # fmt: skip
    path = bureau.settings.folders.review_journal(YEAR)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = path.read_text("utf-8")
    assert not any(typed in text for typed in ("13912345678", "32010619800101123X", "token"))
    assert all(dt.datetime.fromisoformat(line["at"]).utcoffset() == dt.timedelta(hours=8) for line in lines)


def test_leaving_is_in_the_journal_under_the_name_that_left(bureau, reviewer):
    reviewer.get("/")
    reviewer.post("/logout")
    assert (journal(bureau)[-1]["did"], journal(bureau)[-1]["by"]) == ("POST /logout", "李审核")


def test_an_old_key_is_no_key(bureau, reviewer):
    reviewer.get("/")
    key = reviewer.client.cookies[COOKIE]
    reviewer.post("/logout")
    reviewer.client.cookies.clear()
    for cookie in (key, "", "x" * 5000, "../sealed"):
        response = reviewer.client.get("/log", headers={"cookie": f"{COOKIE}={cookie}"})
        assert '<label for="token">' in response.text


def test_the_server_listens_on_this_machine_alone_and_prints_no_token(bureau):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    token = issue_token(bureau.settings.folders, YEAR, REVIEWER, expires_at=wall_clock() + dt.timedelta(days=1))
    command = [
        sys.executable, "-m", "pipelines", "review", "serve", "--year", str(YEAR), "--port", str(port),
        "--data", str(bureau.settings.data),
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
        try:
            answered = _answer(port, f"/login?token={token}")
            listening = _listening(port)
        finally:
            server.terminate()
            said, _ = server.communicate(timeout=20)
    assert answered.status == 200
    assert answered.getheader("server") is None
    assert listening == {"0100007F"}
    assert said.splitlines() == [f"http://127.0.0.1:{port}"]


def _answer(port, path):
    for _ in range(200):
        try:
            asked = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            asked.request("GET", path)
            return asked.getresponse()
        except ConnectionRefusedError:
            time.sleep(0.1)
    raise AssertionError("nobody answers")


def _listening(port):
    """Return the addresses the port is listened on, as the system writes them."""
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text("ascii").splitlines()[1:]:
            address, state = line.split()[1], line.split()[3]
            if state == "0A" and address.endswith(f":{port:04X}"):
                found.add(address.partition(":")[0])
    return found
