"""The privacy gate: reads every file of a release and stops it when one holds personal data.

The second net. The first is the allow-list of columns (`lists.py`); this one looks at the bytes that
would go out, whatever made them, and fails closed: a file it cannot read is not published.
"""

import html
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any, cast

import openpyxl
import polars as pl

from onevisit.codes import classify, full_id_number, is_id_card, is_registration_number
from onevisit.errors import Problem, problem
from onevisit.publish.pdf_text import page_texts

ID_CARD, MOBILE, LANDLINE, EMAIL, BANK_CARD = "居民身份证号码", "手机号码", "固定电话", "电子邮箱", "银行卡号"
PERSON, CERTIFICATE, RISK_CLASS = "执法检查人员或专家姓名", "执法证号", "信用风险等级"
KINDS = {
    ID_CARD: "an ID card number",
    MOBILE: "a mobile number",
    LANDLINE: "a landline number",
    EMAIL: "an e-mail address",
    BANK_CARD: "a bank card number",
    PERSON: "the name of an inspector or expert",
    CERTIFICATE: "the number of an enforcement certificate",
    RISK_CLASS: "a credit risk class",
}
"""What is looked for, in Chinese and English."""

_NUMBERS = {
    ID_CARD: re.compile(r"(?<!\d)(?:[1-9]\d{16}[\dXx]|[1-9]\d{14})(?!\d)"),
    MOBILE: re.compile(r"(?<!\d)(?:(?:\+|00)?86[ -]?)?1[3-9]\d(?:\d{8}|[ -]\d{4}[ -]\d{4})(?!\d)"),
    LANDLINE: re.compile(r"(?<![\dA-Za-z-])(?:0\d{2,3}[ -]?\d{7,8}|[(（]0\d{2,3}[)）] ?\d{7,8})(?![\dA-Za-z-])"),
    BANK_CARD: re.compile(
        r"(?<!\d)(?:62\d{14,17}|9558\d{15}|(?:4\d|5[1-5])\d{14}"
        r"|(?:62|4\d|5[1-5])\d\d(?:[ -]\d{4}){3}(?:[ -]\d{1,3})?)(?!\d)"
    ),
}
_LIKE_A_NUMBER = re.compile(r"\d[\d ()（）-]{8,}[\dXx]")
"""Every number above from its first digit on lies in one of these; one pass finds them, and most texts have few."""
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_RISK_CLASS = re.compile(
    r"信用(?:风险)?(?:等级|分类|类别|级别|评级)?(?:结果)?[ :：为是“”\"'=]{0,4}[A-D](?![0-9A-Za-z])"
    r"|(?<![0-9A-Za-z])[A-D][类级][ :：为是按]{0,3}\d+(?:\.\d+)? *[%‰]"
)
_BUSINESS_NAMES = frozenset({"name", "subject", "检查对象", "责任主体", "抽查市场主体名称"})
"""Columns of public tables, by name and title, in which a business is named: 王强 may be the name of a shop."""
_WIDE = str.maketrans("０１２３４５６７８９ＡＢＣＤＸｘ＠．－＋　", "0123456789ABCDXx@.-+ ")
_IS_WIDE = re.compile(f"[{''.join(map(chr, _WIDE))}]")
_HEX = re.compile(r"(?=[0-9a-f]*[a-f])[0-9a-f]{16,}")
_CODE_CHARACTERS = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-")
_HAN = re.compile(r"[\u3400-\u9fff·]{2,12}")
_WORDS = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{4,}")
_TITLES = "检查人员|执法人员|执法检查人员|检查组长|组长|组员|专家|姓名|联系人|负责人|科长|股长|所长|局长|主任"
_TITLED = re.compile(rf"^(?:{_TITLES})(.+)$|^(.+?)(?:{_TITLES}|同志|先生|女士)$")
_MARKUP = re.compile(r"<[^>]*>")
_PARAGRAPH_ENDS = re.compile(r"</(?:\w+:)?(?:p|tc|title)>")
_TEXT_PARTS = (".xml", ".rels", ".vml")
_SHEETS = re.compile(r"worksheets/sheet\d+\.xml$")
_LOOKS = re.compile(r"(?:styles|theme\d*)\.xml$")
_SAID = re.compile(
    r"<(?:v|t|f|(?:odd|even|first)(?:Header|Footer))(?: [^>]*)?>([^<]+)<|(?:prompt|error|display|tooltip)=\"([^\"]*)\""
)
_SHORT = re.compile(r"\d{1,6}")


@dataclass(frozen=True, slots=True)
class Known:
    """What the county knows: people who must not appear, and words that are no person though they read like one."""

    names: frozenset[str]
    certificates: frozenset[str]
    object_ids: frozenset[str]
    words: frozenset[str]
    """Names of businesses and words of the list of record: 王强 may be the registered name of a shop."""
    item_words: frozenset[str] = frozenset()
    """Of the list of record alone."""

    @property
    def of_free_text(self) -> "Known":
        """What is known where no business is named: there 王强 is a person."""
        return replace(self, words=self.item_words)


def known_of(*, inspectors: pl.DataFrame, experts: pl.DataFrame, objects: pl.DataFrame, items: pl.DataFrame) -> Known:
    """Return what the gate must know of a county, from its registries and its list of record."""
    names = {*inspectors["name"].drop_nulls(), *experts["name"].drop_nulls()}
    item_words = frozenset(_HAN.findall(items.write_csv()))
    certificates = {number.strip() for number in inspectors["certificate_no"].drop_nulls()}
    return Known(
        names=frozenset(name for name in names if len(name) > 1),
        certificates=frozenset(number for number in certificates if len(number) > 4),
        object_ids=frozenset(objects["object_id"]),
        words=frozenset(objects["name"]) | item_words,
        item_words=item_words,
    )


def personal_data(files: Mapping[str, bytes], known: Known) -> list[Problem]:
    """Return every hit in the files by file, row, column and kind, never the value; none when the release may go out.

    Nearly every file is clean: places are looked up only where there is something to place.
    """
    found: list[Problem] = []
    clean: dict[bool, set[str]] = {True: set(), False: set()}
    for name, data in sorted(files.items()):
        passages = _passages(name, data)
        if passages is None:
            found.append(problem("U002", file=name))
        elif any(_is_new_and_personal(one, known, clean[one.may_name_businesses]) for one in passages):
            placed = _cells(data) if name.endswith(".xlsx") else passages
            found += [hit for one in placed for hit in _placed(name, one, known)]
    return found


def _is_new_and_personal(passage: "_Passage", known: Known, clean: set[str]) -> bool:
    """Tell whether a text holds anything personal in lines not yet found clean; the same lines stand in many files."""
    lines = set(passage.text.split("\n")) - clean
    about = known if passage.may_name_businesses else known.of_free_text
    if any(True for _ in _hits("\n".join(lines), about)):
        return True
    clean |= lines
    return False


def unlisted_columns(files: Mapping[str, bytes], allowed: Mapping[str, frozenset[str]]) -> list[Problem]:
    """Return the columns of published tables that no public model has (U003).

    `allowed` are the columns, by name and by title, of each table by its file's name without ending.
    """
    return [
        problem("U003", file=name, column=column)
        for name, data in sorted(files.items())
        if (path := PurePosixPath(name)).suffix in _TABLES and path.stem in allowed
        for column in (one.column for one in _TABLES[path.suffix](data) or ())
        if column and column not in allowed[path.stem]
    ]


def kinds_in(text: str) -> list[str]:
    """Return the kinds of personal data a text holds, as far as they show without knowing the county's people."""
    nobody = Known(frozenset(), frozenset(), frozenset(), frozenset())
    return sorted({kind for kind, _ in _hits(text, nobody)})


def statement(files: Mapping[str, bytes]) -> dict[str, object]:
    """Return what the gate did, for publication beside the release it passed."""
    said = f"本次发布的 {len(files)} 个文件已逐个检查，没有发现{'、'.join(KINDS)}。"
    return {
        "statement": said,
        "checked": [{"kind": kind, "hits": 0} for kind in KINDS],
        "file_count": len(files),
        "byte_count": sum(len(data) for data in files.values()),
        "passed": True,
    }


@dataclass(frozen=True, slots=True)
class _Passage:
    """A text with its place in a file: all of it, a part, a sheet, or one column of a table."""

    text: str
    part: str = ""
    column: str = ""
    row: int = 1
    """Of the text's first line; 0 when lines are no rows."""
    may_name_businesses: bool = True


def _placed(name: str, passage: _Passage, known: Known) -> list[Problem]:
    lines = passage.text.split("\n") if passage.row else [passage.text]
    about = known if passage.may_name_businesses else known.of_free_text
    return [
        problem(
            "U001",
            file=name,
            sheet=passage.part,
            row=passage.row and row,
            column=passage.column,
            kind=kind,
            kind_en=KINDS[kind],
        )
        for row, line in enumerate(lines, start=passage.row)
        for kind in sorted({kind for kind, _ in _hits(line, about)})
    ]


def _passages(name: str, data: bytes) -> list[_Passage] | None:
    """Return the texts of a file; None when any of it cannot be read."""
    suffix = PurePosixPath(name).suffix
    reader = _READERS.get(suffix) or _TABLES.get(suffix)
    if reader:
        return reader(data)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    if suffix in {".html", ".svg", ".xml"}:
        # Once as written, for attributes; once as read, because a tag may stand within a number.
        text = html.unescape(text)
        return [_Passage(text), _Passage(_MARKUP.sub("", text))]
    return [_Passage(text)]


def _archive(data: bytes) -> list[_Passage] | None:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        parts = [(name, _passages(name, archive.read(name))) for name in archive.namelist()]
    except (zipfile.BadZipFile, ValueError):
        return None
    if any(passages is None for _, passages in parts):
        return None
    return [replace(one, part=f"{name} {one.part}".strip()) for name, passages in parts for one in passages or ()]


def _workbook(data: bytes) -> list[_Passage] | None:
    """Return what a workbook says, part by part: cells, headers, comments, properties."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        parts = {name: archive.read(name).decode("utf-8") for name in archive.namelist()}
    except (zipfile.BadZipFile, ValueError):
        return None
    if "xl/workbook.xml" not in parts or not all(name.endswith(_TEXT_PARTS) for name in parts):
        return None
    return [_part(name, xml) for name, xml in parts.items() if not _LOOKS.search(name)]


def _part(name: str, xml: str) -> _Passage:
    if _SHEETS.search(name):
        # Most values are places in the list of texts.
        said = [word for words in _SAID.findall(xml) for word in words if len(word) > 1 and not _SHORT.fullmatch(word)]
        return _Passage(html.unescape("\n".join(said)), name, row=0, may_name_businesses=False)
    ends = "</si>" if name.endswith("sharedStrings.xml") else ">"
    text = _MARKUP.sub("", xml.replace(ends, f"{ends}\n"))
    return _Passage(html.unescape(text), name, row=0, may_name_businesses=False)


def _cells(data: bytes) -> list[_Passage]:
    """Return a workbook's texts by sheet and column, for their places."""
    book = cast(Any, openpyxl.load_workbook(io.BytesIO(data)))
    cells = [
        _column(sheet.title, [cell.value for cell in column])
        for sheet in book.worksheets
        for column in sheet.iter_cols()
    ]
    archive = zipfile.ZipFile(io.BytesIO(data))
    rest = [
        _part(name, archive.read(name).decode("utf-8"))
        for name in archive.namelist()
        if not (_LOOKS.search(name) or _SHEETS.search(name) or name.endswith("sharedStrings.xml"))
    ]
    margins = [
        _Passage(html.unescape(_margins(archive, number)), sheet.title, row=0)
        for number, sheet in enumerate(book.worksheets, 1)
    ]
    return [*cells, *rest, *margins]


def _column(sheet: str, values: list[object]) -> _Passage:
    # The public's workbooks have their head in row 3 (`workbooks.Book`).
    title = str(values[2]) if len(values) > 2 else ""
    return _Passage(_lines(values), sheet, title, may_name_businesses=len(values) < 3 or title in _BUSINESS_NAMES)


def _document(data: bytes) -> list[_Passage] | None:
    """Return the paragraphs of a Word file, and whatever else it says."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        parts = {name: archive.read(name) for name in archive.namelist()}
    except (zipfile.BadZipFile, ValueError):
        return None
    if not all(name.endswith(_TEXT_PARTS) for name in parts):
        return None
    return [
        _Passage(html.unescape(_MARKUP.sub("", _PARAGRAPH_ENDS.sub("\n", part.decode("utf-8")))), name)
        for name, part in parts.items()
    ]


def _pdf(data: bytes) -> list[_Passage] | None:
    pages = page_texts(data)
    return None if pages is None else [_Passage(text, place, row=0) for place, text in pages]


def _margins(archive: zipfile.ZipFile, number: int) -> str:
    sheet = archive.read(f"xl/worksheets/sheet{number}.xml").decode("utf-8")
    return " ".join(re.findall(r"<(?:odd|even|first)(?:Header|Footer)>([^<]*)", sheet))


def _frame(frame: pl.DataFrame, first_row: int) -> list[_Passage]:
    return [
        _Passage(_lines(column.to_list()), "", column.name, first_row, column.name in _BUSINESS_NAMES)
        for column in frame.iter_columns()
    ]


def _lines(values: list[Any]) -> str:
    """Return the values of a column, a line each."""
    return "\n".join("" if value is None else str(value).replace("\n", " ") for value in values)


def _csv(data: bytes) -> list[_Passage] | None:
    try:
        return _frame(pl.read_csv(data, infer_schema=False), 2)
    except (pl.exceptions.PolarsError, UnicodeDecodeError):
        return None


def _json_lines(data: bytes) -> list[_Passage] | None:
    try:
        rows = [json.loads(line) for line in data.decode("utf-8").splitlines()]
    except ValueError:
        return None
    columns = dict.fromkeys(name for row in rows for name in row)
    return [_Passage(_lines([row.get(name) for row in rows]), "", name, 1, name in _BUSINESS_NAMES) for name in columns]


def _parquet(data: bytes) -> list[_Passage] | None:
    try:
        frame, said = pl.read_parquet(data), pl.read_parquet_metadata(data)
    except pl.exceptions.PolarsError:
        return None
    return [*_frame(frame, 1), _Passage("\n".join(said.values()), row=0)]


_TABLES: Mapping[str, Callable[[bytes], list[_Passage] | None]] = {
    ".csv": _csv,
    ".jsonl": _json_lines,
    ".parquet": _parquet,
}
_READERS: Mapping[str, Callable[[bytes], list[_Passage] | None]] = {
    ".xlsx": _workbook,
    ".docx": _document,
    ".zip": _archive,
    ".pdf": _pdf,
}


def _hits(text: str, known: Known) -> Iterator[tuple[str, str]]:
    if _IS_WIDE.search(text):
        text = text.translate(_WIDE)
    for kind, match in _numbers(text):
        if _is_sealed(kind, match.group()) and not _is_in_a_code(text, match.start(), match.end(), known):
            yield kind, match.group()
    if "@" in text:
        yield from ((EMAIL, match.group()) for match in _EMAIL.finditer(text))
    if "信用" in text or "类" in text or "级" in text:
        yield from ((RISK_CLASS, match.group()) for match in _RISK_CLASS.finditer(text))
    if known.certificates:
        yield from ((CERTIFICATE, word) for word in set(_WORDS.findall(text)) & known.certificates)
    if known.names and not text.isascii():
        yield from ((PERSON, name) for name in sorted(_people(text, known)))


def _numbers(text: str) -> Iterator[tuple[str, re.Match[str]]]:
    for like in _LIKE_A_NUMBER.finditer(text):
        # A sign may stand before the first digit, and what stands after the last one counts.
        start, end = max(0, like.start() - 1), like.end() + 1
        for kind, pattern in _NUMBERS.items():
            yield from ((kind, match) for match in pattern.finditer(text, start, end))


def _is_sealed(kind: str, value: str) -> bool:
    if kind == ID_CARD:
        if len(value) == 15:
            return full_id_number(value) is not None and not is_registration_number(value)
        return is_id_card(value.upper())
    return kind != BANK_CARD or _passes_luhn(re.sub(r"\D", "", value))


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
