"""Who gets in: tokens shown once, good for a while, and for nothing but their role."""

import datetime as dt
import stat

import pytest

from pipelines.review.access import IDLE, Person, Sessions, issue_token, revoke_token, token_of, tokens, wall_clock
from pipelines.review.app import COOKIE
from tests.pipelines.review import desks
from tests.pipelines.review.desks import APPROVER, PARTICIPANT, REVIEWER, YEAR

NOW = wall_clock()
LATER = NOW + dt.timedelta(days=1)


def test_a_token_opens_for_its_person_alone_and_only_its_digest_is_kept(bureau):
    folders = bureau.settings.folders
    text = issue_token(folders, YEAR, REVIEWER, expires_at=LATER)
    found = token_of(folders, YEAR, text, NOW)
    assert found and found.person == REVIEWER
    assert token_of(folders, YEAR, text[:-1], NOW) is None
    assert token_of(folders, YEAR, "", NOW) is None
    path = folders.review_tokens(YEAR)
    assert text not in path.read_text("utf-8")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_who_asks_without_a_token_drives_nobody_out(bureau):
    sessions = Sessions()
    issue_token(bureau.settings.folders, YEAR, REVIEWER, expires_at=LATER)
    inside = sessions.open(tokens(bureau.settings.folders, YEAR)[0])
    for _ in range(600):
        sessions.open()
    assert sessions.find(inside.key) is inside


def test_a_token_ends_by_time_by_a_new_one_and_by_being_taken_back(bureau):
    folders = bureau.settings.folders
    first = issue_token(folders, YEAR, REVIEWER, expires_at=LATER)
    other = issue_token(folders, YEAR, APPROVER, expires_at=LATER)
    assert token_of(folders, YEAR, first, LATER) is None
    second = issue_token(folders, YEAR, REVIEWER, expires_at=LATER)
    assert token_of(folders, YEAR, first, NOW) is None
    assert token_of(folders, YEAR, second, NOW)
    assert revoke_token(folders, YEAR, REVIEWER)
    assert not revoke_token(folders, YEAR, REVIEWER)
    assert token_of(folders, YEAR, second, NOW) is None
    assert token_of(folders, YEAR, other, NOW)


def test_a_session_ends_when_nobody_uses_it():
    moment = [NOW]
    sessions = Sessions(lambda: moment[0])
    session = sessions.open()
    moment[0] += IDLE
    assert sessions.find(session.key) is session
    moment[0] += IDLE + dt.timedelta(seconds=1)
    assert sessions.find(session.key) is None
    assert sessions.find("") is None


def test_the_command_prints_a_token_once_and_takes_it_back(bureau, visitor):
    done = desks.command(bureau, "token", "--role", "participant", "--by", "赵警官", "--department", "县公安局")
    assert done.exit_code == 0, done.output
    text = done.output.splitlines()[0]
    browser = visitor(None)
    assert "县公安局的抽查任务" in browser.login(text)
    back = desks.command(
        bureau, "token", "--role", "participant", "--by", "赵警官", "--department", "县公安局", "--revoke"
    )
    assert back.exit_code == 0, back.output
    # A token taken back ends the session it opened.
    assert "口令" in browser.get("/")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--role", "participant", "--by", "某"),
        ("--role", "participant", "--by", "某", "--department", "县消防局"),
        ("--role", "reviewer", "--by", "某", "--department", "县公安局"),
        ("--role", "reviewer", "--by", " "),
        ("--role", "judge", "--by", "某"),
    ],
)
def test_a_token_for_nobody_or_for_no_department_is_wrong_usage(bureau, arguments):
    assert desks.command(bureau, "token", *arguments).exit_code == 2


def test_without_a_token_every_page_leads_to_the_login(visitor):
    browser = visitor(None)
    for path in ("/", "/questions", "/merges", "/merges/1", "/versions", "/sign", "/log", "/upload"):
        assert '<label for="token">' in browser.get(path), path
    assert "口令不对" in browser.login("not it")
    assert browser.status == 403


def test_roles_keep_to_their_work(bureau, visitor):
    approver, participant = visitor(APPROVER), visitor(PARTICIPANT)
    approver.get("/")
    assert "您的身份不能使用" in approver.post("/answer", topic="row", subject="GA-2027-01", word="同意")
    assert approver.status == 403
    for path in ("/questions", "/sign", "/log", "/merges"):
        assert "您的身份不能使用" in participant.get(path)
    participant.get("/")
    assert "您的身份不能使用" in participant.post("/sign", seen="x")
    # A participant speaks on schemes; the plan's questions are not its own.
    participant.get("/")
    participant.post("/answer", topic="row", subject="GA-2027-01", word="同意", seen="x")
    assert bureau.log() == []


def test_a_form_without_its_mark_does_nothing(bureau, reviewer):
    reviewer.get("/questions?topic=row")
    form = reviewer.form_of("GA-2027-01") | {"word": "同意"}
    for mark in ("", "x", "é"):
        reviewer.client.post("/answer", data=form | {"csrf": mark})
    assert "没有办理" in reviewer.client.post("/answer", data={k: v for k, v in form.items() if k != "csrf"}).text
    assert bureau.log() == []


def test_the_session_has_a_new_key_after_login_and_its_cookie_is_strict(bureau, visitor):
    browser = visitor(None)
    browser.get("/login")
    before = browser.client.cookies[COOKIE]
    response = browser.client.post(
        "/login", data={"csrf": browser.csrf, "token": bureau.token(REVIEWER)}, follow_redirects=False
    )
    cookie = response.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie
    assert browser.client.cookies[COOKIE] != before


def test_every_answer_has_strict_headers_and_only_this_machine_is_answered(reviewer):
    for path in ("/", "/static/review.css", "/nowhere"):
        response = reviewer.client.get(path)
        assert response.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
        assert response.headers["x-frame-options"] == "DENY"
    assert reviewer.client.get("/", headers={"host": "county.example:8800"}).status_code == 400
    assert reviewer.client.get("/", headers={"host": "localhost:8800"}).status_code == 200


def test_a_person_is_somebody_in_one_role():
    assert Person("李", "reviewer") != Person("李", "approver")
