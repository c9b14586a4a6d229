"""The privacy gate: reads every file of a release and stops it when one holds personal data.

The second net. The first is the allow-list of columns (`lists.py`); this one looks at the bytes that
would go out, whatever made them, and fails closed: a file it cannot read is not published.
"""

import html
import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import openpyxl
import polars as pl

from onevisit.codes import classify, full_id_number, is_id_card, is_registration_number
from onevisit.errors import Problem, problem

ID_CARD, MOBILE, LANDLINE, EMAIL, BANK_CARD = "居民身份证号码", "手机号码", "固定电话", "电子邮箱", "银行卡号"
PERSON, CERTIFICATE = "执法检查人员或专家姓名", "执法证号"
KINDS = {
    ID_CARD: "an ID card number",
    MOBILE: "a mobile number",
    LANDLINE: "a landline number",
    EMAIL: "an e-mail address",
    BANK_CARD: "a bank card number",
    PERSON: "the name of an inspector or expert",
    CERTIFICATE: "the number of an enforcement certificate",
}
"""What is looked for, in Chinese and English."""

_NUMBERS = {
    ID_CARD: re.compile(r"(?<!\d)(?:[1-9]\d{16}[\dXx]|[1-9]\d{14})(?!\d)"),
    MOBILE: re.compile(r"(?<!\d)1[3-9]\d(?:\d{8}|[ -]\d{4}[ -]\d{4})(?!\d)"),
    LANDLINE: re.compile(r"(?<![\dA-Za-z-])(?:0\d{2,3}[ -]?\d{7,8}|[(（]0\d{2,3}[)）] ?\d{7,8})(?![\dA-Za-z-])"),
    BANK_CARD: re.compile(r"(?<!\d)62\d{14}(?:\d{3})?(?!\d)"),
}
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_WIDE = str.maketrans("０１２３４５６７８９Ｘｘ＠．－　", "0123456789Xx@.- ")
_HEX = re.compile(r"(?=[0-9a-f]*[a-f])[0-9a-f]{16,}")
_CODE_CHARACTERS = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-")
_HAN = re.compile(r"[\u3400-\u9fff·]{2,12}")
_WORDS = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{4,}")
_TITLES = "检查人员|执法人员|执法检查人员|检查组长|组长|组员|专家|姓名|联系人|负责人|科长|股长|所长|局长|主任"
_TITLED = re.compile(rf"^(?:{_TITLES})(.+)$|^(.+?)(?:{_TITLES}|同志|先生|女士)$")
_MARKUP = re.compile(r"<[^>]*>")
_TEXT_PARTS = (".xml", ".rels", ".vml")
_CELL_PARTS = re.compile(r"worksheets/sheet\d+\.xml|sharedStrings|styles|theme")


@dataclass(frozen=True, slots=True)
class Known:
    """What the county knows: people who must not appear, and words that are no person though they read like one."""

    names: frozenset[str]
    certificates: frozenset[str]
    object_ids: frozenset[str]
    words: frozenset[str]
    """Names of businesses and words of the list of record: 王强 may be the registered name of a shop."""


def known_of(*, inspectors: pl.DataFrame, experts: pl.DataFrame, objects: pl.DataFrame, items: pl.DataFrame) -> Known:
    """Return what the gate must know of a county, from its registries and its list of record."""
    names = {*inspectors["name"].drop_nulls(), *experts["name"].drop_nulls()}
    certificates = {number.strip() for number in inspectors["certificate_no"].drop_nulls()}
    return Known(
        names=frozenset(name for name in names if len(name) > 1),
        certificates=frozenset(number for number in certificates if len(number) > 4),
        object_ids=frozenset(objects["object_id"]),
        words=frozenset({*objects["name"], *_HAN.findall(items.write_csv())}),
    )


def personal_data(files: Mapping[str, bytes], known: Known) -> list[Problem]:
    """Return every hit in the files, by file and place, the value masked; none when the release may go out."""
    found: list[Problem] = []
    for name, data in sorted(files.items()):
        document = _document(name, data)
        if document is None:
            found.append(problem("U002", file=name))
        # Nearly every file is clean: places are looked up only where there is something to place.
        elif any(True for _ in _hits(document.whole, known)):
            found += [
                problem("U001", file=name, sheet=place, value=masked(value), kind=kind, kind_en=KINDS[kind])
                for place, text in document.passages()
                for kind, value in _hits(text, known)
            ]
    return found


def kinds_in(text: str) -> list[str]:
    """Return the kinds of personal data a text holds, as far as they show without knowing the county's people."""
    nobody = Known(frozenset(), frozenset(), frozenset(), frozenset())
    return sorted({kind for kind, _ in _hits(text, nobody)})


def masked(value: str) -> str:
    """Return a value with all but its ends hidden."""
    shown = 1 if len(value) < 6 else 3
    return value[:shown] + "*" * (len(value) - 2 * shown) + (value[-shown:] if len(value) > 2 * shown else "")


def statement(files: Mapping[str, bytes]) -> dict[str, object]:
    """Return what the gate did, for publication beside the release it passed."""
    return {
        "checked": [{"kind": kind, "hits": 0} for kind in KINDS],
        "file_count": len(files),
        "byte_count": sum(len(data) for data in files.values()),
        "passed": True,
    }


@dataclass(frozen=True, slots=True)
class _Document:
    """The text of a file: all of it, and by place."""

    whole: str
    cells: tuple[tuple[str, str], ...] = ()

    def passages(self) -> list[tuple[str, str]]:
        lines = [(f"第{number}行", line) for number, line in enumerate(self.whole.splitlines(), start=1)]
        return list(self.cells) or lines


def _document(name: str, data: bytes) -> _Document | None:
    """Return the text of a file; None when it cannot be read."""
    if name.endswith(".xlsx"):
        return _workbook(data)
    if name.endswith(".zip"):
        return _archive(data)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    if name.endswith(".html"):
        # Once as written, for attributes; once as read, because a tag may stand within a number.
        text = html.unescape(text)
        return _Document(f"{text}\n{_MARKUP.sub('', text)}")
    return _Document(text)


def _archive(data: bytes) -> _Document | None:
    """Return the text of a zip's files, each by its name; None when one of them cannot be read."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        parts = [(name, _document(name, archive.read(name))) for name in archive.namelist()]
    except (zipfile.BadZipFile, ValueError):
        return None
    texts = [(name, part.whole) for name, part in parts if part is not None]
    if len(texts) != len(parts):
        return None
    passages = tuple(
        (f"{name}第{number}行", line) for name, text in texts for number, line in enumerate(text.splitlines(), 1)
    )
    return _Document("\n".join(text for _, text in texts), passages)


def _workbook(data: bytes) -> _Document | None:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        book = cast(Any, openpyxl.load_workbook(io.BytesIO(data)))
    except (zipfile.BadZipFile, KeyError, ValueError):
        return None
    if not all(part.endswith(_TEXT_PARTS) for part in archive.namelist()):
        return None
    cells = [
        (f"{sheet.title}!{cell.coordinate}", str(cell.value))
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    ]
    # Properties, headers, comments: whatever is no cell.
    rest = [
        (part, html.unescape(_MARKUP.sub("\n", archive.read(part).decode("utf-8"))))
        for part in archive.namelist()
        if not _CELL_PARTS.search(part)
    ]
    margins = [
        (sheet.title, html.unescape(_margins(archive, number))) for number, sheet in enumerate(book.worksheets, 1)
    ]
    passages = (*cells, *rest, *margins)
    return _Document("\n".join(text for _, text in passages), passages)


def _margins(archive: zipfile.ZipFile, number: int) -> str:
    sheet = archive.read(f"xl/worksheets/sheet{number}.xml").decode("utf-8")
    return " ".join(re.findall(r"<(?:odd|even|first)(?:Header|Footer)>([^<]*)", sheet))


def _hits(text: str, known: Known) -> Iterator[tuple[str, str]]:
    text = text.translate(_WIDE)
    for kind, pattern in _NUMBERS.items():
        for match in pattern.finditer(text):
            if _is_sealed(kind, match.group()) and not _is_in_a_code(text, match.start(), match.end(), known):
                yield kind, match.group()
    if "@" in text:
        yield from ((EMAIL, match.group()) for match in _EMAIL.finditer(text))
    if known.certificates:
        yield from ((CERTIFICATE, word) for word in set(_WORDS.findall(text)) & known.certificates)
    if known.names and not text.isascii():
        yield from ((PERSON, name) for name in sorted(_people(text, known)))


def _is_sealed(kind: str, value: str) -> bool:
    if kind == ID_CARD:
        if len(value) == 15:
            return full_id_number(value) is not None and not is_registration_number(value)
        return is_id_card(value.upper())
    return kind != BANK_CARD or _passes_luhn(value)


def _is_in_a_code(text: str, start: int, end: int, known: Known) -> bool:
    """Tell whether a number is part of something longer that is public: a credit code, an object's id, a digest."""
    while start > 0 and text[start - 1] in _CODE_CHARACTERS:
        start -= 1
    while end < len(text) and text[end] in _CODE_CHARACTERS:
        end += 1
    word = text[start:end]
    return word in known.object_ids or classify(word) == ("uscc", word) or bool(_HEX.fullmatch(word))


def _people(text: str, known: Known) -> set[str]:
    runs = {run for run in set(_HAN.findall(text)) if run not in known.words}
    bare = {name for run in runs if (match := _TITLED.match(run)) for name in match.groups() if name}
    return (runs | bare) & known.names


def _passes_luhn(number: str) -> bool:
    digits = [int(digit) for digit in reversed(number)]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0
