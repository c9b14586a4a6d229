"""The witness's own file and page: the commitment of the protocol, the same in both, and mistakes told in words."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page

from onevisit.draw import ceremony, typed, witness
from onevisit.draw.form import sha256
from tests.onevisit.draw.samples import VECTORS, vector

FILE = Path(witness.__file__)
PAGE = FILE.with_name("witness.html")
C, SERIAL, SECRET = sha256("C"), "510923-2027-01-1", sha256("secret")
HEX = st.text("0123456789abcdef", min_size=64, max_size=64)
WRONG = {
    "short": SECRET[:-1],
    "long": SECRET + "0",
    "empty": "",
    "capital O": SECRET[:9] + "O" + SECRET[10:],
    "Cyrillic": SECRET[:9] + "а" + SECRET[10:],
    "full-width": SECRET[:9] + "０" + SECRET[10:],
    "invisible": SECRET[:9] + "\u200b" + SECRET[9:],
}


@given(HEX, HEX, st.from_regex(rf"\A{witness.SERIAL}\Z"), st.from_regex(rf"\A{witness.NAME}\Z"))
def test_the_file_makes_the_commitment_of_the_protocol(c: str, secret: str, serial: str, name: str):
    assert witness.commitment(c, serial, name, secret) == ceremony.commit(c, serial, name, secret)


@given(HEX, st.integers(0, 9))
def test_the_file_makes_the_codes_of_the_protocol(start: str, steps: int):
    assert witness.chain_code(start, steps) == ceremony.chain_code(start, steps)


@pytest.mark.parametrize("name", sorted(path.name for path in VECTORS.iterdir() if path.is_dir()))
def test_the_file_gives_the_commitments_of_the_vectors(name: str):
    files = vector(name)
    c, serial = sha256(files["MANIFEST"]), files["DRAW"].decode().strip()
    revealed = dict(line.split("=", 1) for line in files["REVEALS"].decode().splitlines())
    for who, promised in (line.split("\t") for line in files["COMMITS"].decode().splitlines()):
        assert witness.commitment(c, serial, who, revealed[who]) == promised


def values(slip: str) -> list[str]:
    """The 64-digit values of a printed slip, from top to bottom."""
    lines = re.findall(r"^    ([0-9a-f ]{39})\n    ([0-9a-f ]{39})$", slip, re.MULTILINE)
    return ["".join(pair).replace(" ", "") for pair in lines]


def test_the_file_stands_alone_and_its_slip_can_be_typed_in_again():
    made = subprocess.run(
        [sys.executable, "-I", FILE, "commit", C, SERIAL, "notary"], capture_output=True, check=False, text=True
    )
    assert made.returncode == 0
    c, promised, secret = values(made.stdout)
    assert c == C
    assert ceremony.commit(C, SERIAL, "notary", secret) == promised
    sealed = made.stdout.split("沿此线剪开")[1]
    assert values(sealed) == [secret]
    assert values(witness.answer(["check", C, SERIAL, "notary", secret])) == [promised]


def test_two_slips_have_different_secrets():
    first, second = (values(witness.answer(["commit", C, SERIAL, "notary"])) for _ in range(2))
    assert first[2] != second[2]


def test_a_chain_shows_its_codes_backwards():
    head, start = values(witness.answer(["chain", "20"]))
    (first,) = values(witness.answer(["code", start, "20", "1"]))
    (last,) = values(witness.answer(["code", start, "20", "20"]))
    assert ceremony.chain_code(first, 1) == head
    assert last == start


@pytest.mark.parametrize("value", WRONG.values(), ids=WRONG)
def test_the_file_refuses_what_the_hall_would_refuse(value: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(typed.RefusedError):
        typed.hex_value(value, who="notary")
    assert witness.main(["check", C, SERIAL, "notary", value]) == 1
    said = capsys.readouterr().err
    assert "请" in said
    assert SECRET[:9] not in said


@pytest.mark.parametrize(
    "words",
    [
        [], ["commit"], ["commit", C, SERIAL], ["commit", C, SERIAL, "notary", SECRET], ["commit", C, SERIAL, "nоtary"],
        ["commit", C, f"{SERIAL}\r", "notary"], ["commit", C, f"{SERIAL}\n", "notary"], ["chain", "0"], ["chain", "２"],
        ["code", SECRET, "4", "5"], ["check", C, SERIAL, "notary"],
    ],
)  # fmt: skip
def test_the_file_refuses_what_it_does_not_understand(words: list[str], capsys: pytest.CaptureFixture[str]):
    assert witness.main(words) == 1
    assert capsys.readouterr().out == ""


def test_the_page_is_one_file_of_javascript_of_2011_without_network():
    text = PAGE.read_text("utf-8")
    script = text.partition("<script>")[2]
    assert not re.findall(r"=>|`|\blet |\bconst |\bclass |\basync |\.\.\.|crypto\.subtle|fetch|XMLHttp|storage", script)
    assert not re.findall(r"""(?:src|href)\s*=|https?:|@import|url\(""", text)
    assert "connect-src" not in text
    assert "default-src 'none'" in text


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 390, "height": 800})
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("request", lambda request: None if request.url.startswith("file:") else errors.append(request.url))
    opened.goto(PAGE.as_uri())
    yield opened
    opened.close()
    assert errors == []


def fill(page: Page, **values: str) -> None:
    for name, value in values.items():
        page.fill(f"#{name}", value)


def shown(page: Page, act: str) -> list[str]:
    """The long values that a section of the page shows."""
    page.click(f"#do-{act}")
    return [text.replace(" ", "") for text in page.locator(f"#{act} .value").all_inner_texts()]


@pytest.mark.browser
def test_the_page_and_the_file_give_the_same_commitments_and_codes(page: Page):
    cases = [(sha256(f"c{n}"), f"510923-2027-{n:02d}-1", f"w{n}", sha256(f"x{n}")) for n in range(30)]
    found = page.evaluate("cases => cases.map(c => WITNESS.commitment(c[0], c[1], c[2], c[3]))", cases)
    assert found == [witness.commitment(*case) for case in cases]
    chains = page.evaluate("cases => cases.map((c, n) => WITNESS.chainCode(c[3], n))", cases)
    assert chains == [witness.chain_code(case[3], n) for n, case in enumerate(cases)]


@pytest.mark.browser
def test_the_page_hashes_texts_of_every_length_around_a_block(page: Page):
    texts = ["a" * length for length in range(200)]
    assert page.evaluate("texts => texts.map(t => WITNESS.sha256(t))", texts) == [sha256(text) for text in texts]


@pytest.mark.browser
def test_the_page_makes_a_slip_that_holds_at_the_reveal(page: Page):
    spaced = " ".join(C[at : at + 4] for at in range(0, 64, 4))
    fill(page, c=spaced, serial=SERIAL, name="notary")
    c, promised, secret = shown(page, "commit")
    assert c == C
    assert promised == ceremony.commit(C, SERIAL, "notary", secret)
    fill(page, secret=secret)
    assert shown(page, "check") == [promised]
    fill(page, length="20")
    head, start = shown(page, "chain")
    fill(page, start=start, most="20", number="3")
    (code,) = shown(page, "code")
    assert ceremony.chain_code(code, 3) == head


@pytest.mark.browser
def test_the_page_prints_the_slip_alone(page: Page):
    fill(page, c=C, serial=SERIAL, name="notary")
    shown(page, "commit")
    page.evaluate("window.print = function () {}")
    page.click("#commit .out button")
    page.emulate_media(media="print")
    assert page.locator("#commit .slip").last.is_visible()
    assert not page.locator("h1").is_visible()
    assert not page.locator("#c").is_visible()
    assert not page.locator("#chain").is_visible()
    assert not page.locator("#commit .out button").is_visible()


@pytest.mark.browser
@pytest.mark.parametrize("value", WRONG.values(), ids=WRONG)
def test_the_page_refuses_in_the_words_of_the_file(page: Page, value: str):
    fill(page, c=value, serial=SERIAL, name="notary")
    assert shown(page, "commit") == []
    with pytest.raises(witness.RefusedError) as refused:
        witness.hex_value(value, "冻结指纹")
    assert page.locator("#commit .wrong").inner_text() == str(refused.value).split(" / ")[0]


@pytest.mark.browser
def test_the_page_refuses_a_wrong_serial_or_name(page: Page):
    fill(page, c=C, serial="510923-2027-1-1", name="notary")
    assert shown(page, "commit") == []
    assert "场次编号" in page.locator("#commit .wrong").inner_text()
    fill(page, serial=SERIAL, name="nоtary")
    assert shown(page, "commit") == []
    assert "见证人代号" in page.locator("#commit .wrong").inner_text()


@pytest.mark.browser
def test_the_page_is_accessible_and_as_wide_as_a_phone(page: Page):
    fill(page, c=C, serial=SERIAL, name="notary")
    shown(page, "commit")
    violations = Axe().run(page, options={"preload": False}).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in violations] == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
