"""Minutes on paper: everything that is compared later, nothing that betrays a class."""

import io
import re
from collections.abc import Callable, Mapping
from typing import Any

import docx
import pytest
import segno

from onevisit.county import County
from onevisit.documents.fonts import installed
from onevisit.documents.pdf import pdf
from onevisit.documents.word import word
from onevisit.draw import steps
from onevisit.draw.evidence import replay_digest, rows_of
from onevisit.draw.form import sha256
from onevisit.draw.minutes import minutes_of
from onevisit.draw.rounds import Round
from onevisit.draw.trail import head
from onevisit.errors import RefusedError
from tests.onevisit.documents.printed import Picture, printed_pages, printed_text
from tests.onevisit.draw.samples import OPEN, WITNESSED, held
from tests.onevisit.draw.test_steps import RECORD, SECRETS, at, committed, drawn, frozen

Minutes = Callable[[Mapping[str, bytes]], dict[str, Any]]

LAST = sha256("head of last year")


@pytest.fixture
def minutes(county: County) -> Minutes:
    """Makes the minutes of an attempt as Word opens them: before, after."""

    def made(files: Mapping[str, bytes]) -> dict[str, Any]:
        documents = minutes_of(files, county=county, last_heads=[LAST])
        return {name.split("-")[-1]: docx.Document(io.BytesIO(word(one))) for name, one in documents.items()}

    return made


def text_of(document: Any) -> str:
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(one.text for one in document.paragraphs), *cells])


def digits_of(document: Any) -> str:
    return re.sub(r"\s", "", text_of(document))


def pictures_of(document: Any) -> set[bytes]:
    return {part.blob for part in document.part.package.iter_parts() if part.partname.endswith(".png")}


def code_of(value: str) -> bytes:
    picture = io.BytesIO()
    segno.make(value, error="m", micro=False).save(picture, kind="png", scale=6, border=4)
    return picture.getvalue()


def shows_code(page: Picture, value: str) -> bool:
    """Whether a page shows a value as a QR code, 34 mm wide with its margin, in the middle of the text."""
    modules = [[bool(one) for one in row] for row in segno.make(value, error="m", micro=False).matrix]
    step = 34 / (len(modules) + 8)
    left, places = 28 + (210 - 28 - 26 - 34) / 2, range(len(modules))
    return any(
        all(page.is_dark(left + (4.5 + x) * step, top / 4 + y * step) == modules[y][x] for y in places for x in places)
        for top in range(4 * 37, 4 * 262)
    )


def test_before_the_reveals_the_minutes_hold_what_is_frozen_and_promised(minutes: Minutes):
    files = committed()
    found = minutes(files)
    assert list(found) == ["抽取前"]
    text = digits_of(found["抽取前"])
    wanted = [sha256(files["MANIFEST"]), files["ROOT"].decode().strip(), LAST]
    wanted += [*steps.said(files, "COMMITS").values(), *steps.chains_of(files).values()]
    assert [value for value in wanted if value not in text] == []
    assert pictures_of(found["抽取前"]) == {code_of(value) for value in wanted[:2]}
    assert all(who in text for who in ("纪检监察", "市场主体代表", "公证", "签字"))


def test_after_the_draw_the_minutes_hold_the_seed_the_head_and_the_counts(minutes: Minutes):
    files = drawn()
    found = minutes(files)
    assert list(found) == ["抽取前", "抽取后"]
    seed, top = files["SEED"].decode().strip(), head(files["TRAIL"])
    text = digits_of(found["抽取后"])
    assert [value for value in (seed, top, *steps.said(files, "REVEALS").values()) if value not in text] == []
    assert pictures_of(found["抽取后"]) == {code_of(seed), code_of(top)}
    assert f"共抽中检查对象{rows_of(files, 'drawn.tsv')['id'].n_unique()}户" in text


def test_the_minutes_of_a_void_attempt_say_why(minutes: Minutes):
    found = minutes(steps.void(committed(), RECORD, reason="公证人员未到场", at=at("11:00")))
    assert list(found) == ["抽取前", "抽取后"]
    assert "公证人员未到场" in text_of(found["抽取后"])
    # Given up before anybody committed, there is nothing to sign before.
    assert list(minutes(steps.void(frozen(), RECORD, reason="无人到场", at=at("11:00")))) == ["抽取后"]


def test_nothing_is_signed_before_every_witness_has_committed(minutes: Minutes):
    with pytest.raises(RefusedError, match="D090"):
        minutes(frozen())


def test_no_class_can_be_read_from_the_minutes_of_a_witnessed_round(minutes: Minutes):
    files = held(WITNESSED)
    sealed = rows_of(files, "objects.tsv")
    secret = {*sealed["mark"], *rows_of(files, "drawn.tsv")["ticket"], *sealed["id"]}
    secret |= {sha256(files[name]) for name in ("objects.tsv", "plan.tsv", "scope.tsv", "history.tsv", "drawn.tsv")}
    for document in minutes(files).values():
        assert [value for value in secret if value in digits_of(document)] == []
        # C is also what the frozen fingerprint is called.
    assert not re.search(r"\b[ABCD]\b", text_of(document).replace("（C）", ""))
    assert sha256(held(OPEN)["plan.tsv"]) in digits_of(minutes(held(OPEN))["抽取前"])


def test_every_witness_of_a_witnessed_round_signs_beside_the_digest_of_its_replay(minutes: Minutes):
    files = held(WITNESSED)
    document = minutes(files)["抽取后"]
    (table,) = [one for one in document.tables if one.rows[0].cells[1].text == "复算摘要"]
    rows = [[cell.text for cell in row.cells] for row in table.rows][1:]
    assert [(who, re.sub(r"\s", "", digest), place) for who, digest, place in rows] == [
        (f"{steps.called(name)}（{name}）", replay_digest(files), "") for name in steps.witnesses_of(files)
    ]
    bare = files | {"RECORDS": b"".join(files["RECORDS"].splitlines(keepends=True)[:1])}
    assert text_of(minutes(bare)["抽取后"]).count("尚未登记") == len(rows)
    # Everybody replays an open round.
    assert "复算摘要" not in text_of(minutes(held(OPEN))["抽取后"])


def test_no_secret_is_in_the_minutes_before_the_reveals(minutes: Minutes):
    text = digits_of(minutes(committed())["抽取前"])
    assert [name for name, secret in SECRETS.items() if secret in text] == []


def test_the_same_attempt_gives_the_same_bytes(county: County):
    first, second = (minutes_of(drawn(), county=county, last_heads=[]) for _ in range(2))
    assert [word(one) for one in first.values()] == [word(one) for one in second.values()]
    assert [pdf(one, installed()) for one in first.values()] == [pdf(one, installed()) for one in second.values()]


def test_the_minutes_of_a_made_up_round_say_so(county: County):
    real = county.model_copy(update={"demonstration": None})
    assert all(one.notice.startswith("示例") for one in minutes_of(drawn(), county=county, last_heads=[]).values())
    assert not any(one.notice for one in minutes_of(drawn(), county=real, last_heads=[]).values())


@pytest.mark.poppler
@pytest.mark.parametrize("round_held", [OPEN, WITNESSED])
def test_on_paper_the_pdf_says_what_the_word_file_says(county: County, round_held: Round):
    for document in minutes_of(held(round_held), county=county, last_heads=[LAST]).values():
        opened = docx.Document(io.BytesIO(word(document)))
        printed = re.sub(r"\s", "", printed_text(pdf(document, installed())))
        pieces = [re.sub(r"\s", "", piece) for piece in text_of(opened).splitlines()]
        assert [piece for piece in pieces if piece not in printed] == []


@pytest.mark.poppler
def test_on_paper_every_fingerprint_can_be_read_by_a_telephone(county: County):
    files = drawn()
    before, after = minutes_of(files, county=county, last_heads=[]).values()
    wanted = {
        before: [sha256(files["MANIFEST"]), files["ROOT"].decode().strip()],
        after: [files["SEED"].decode().strip(), head(files["TRAIL"])],
    }
    for document, values in wanted.items():
        pages = printed_pages(pdf(document, installed()))
        assert [value for value in values if not any(shows_code(page, value) for page in pages)] == []
        assert not any(shows_code(page, LAST) for page in pages)
