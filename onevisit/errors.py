"""Problems: what is wrong, where, and what to do next, in Chinese and English.

A problem is data, not a log line: a stable code, a place, the value, and two texts made from one
table per stage (`onevisit/<stage>/messages.toml`). Rules collect all problems and raise
`RefusedError` once. Personal values never go into a problem: mask them first.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

Language = Literal["zh", "en"]

STAGE_OF_LETTER = {
    "C": "county",
    "F": "filings",
    "R": "registries",
    "P": "plan",
    "D": "draw",
    "V": "visits",
    "E": "results",
    "U": "publish",
    "S": "supervision",
    "W": "documents",
    "N": "province",
}


@dataclass(frozen=True, slots=True)
class Message:
    """The texts of one problem code; `{name}` places are filled from the problem's details."""

    zh: str
    fix_zh: str
    en: str
    fix_en: str


@cache
def messages(letter: str) -> dict[str, Message]:
    """Return every message of one stage, by code (`F012`)."""
    stage = STAGE_OF_LETTER[letter]
    folder = files("onevisit") if stage == "county" else files(f"onevisit.{stage}")
    table = tomllib.loads((folder / "messages.toml").read_text("utf-8"))
    return {code: Message(**texts) for code, texts in table.items()}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, with its place; row 0 means the whole file or sheet."""

    code: str
    reason: str
    fix: str
    reason_en: str
    fix_en: str
    file: str = ""
    sheet: str = ""
    row: int = 0
    column: str = ""
    value: str = ""

    def text(self, language: Language = "en") -> str:
        """Render as the line an engineer (en) or an official (zh) reads."""
        zh = language == "zh"
        row = f"第{self.row}行" if zh else f"row {self.row}"
        place = [self.file, self.sheet, row if self.row else "", self.column]
        where = " ".join(part for part in place if part)
        value = f' "{self.value}"' if self.value else ""
        reason, fix = (self.reason, self.fix) if zh else (self.reason_en, self.fix_en)
        return f"{self.code}  {where}{value}: {reason} {fix}" if where else f"{self.code}  {reason} {fix}"

    def record(self) -> dict[str, str | int]:
        """Return the problem as a flat record, for a table or JSON."""
        return asdict(self)


def problem(
    code: str,
    *,
    file: str = "",
    sheet: str = "",
    row: int = 0,
    column: str = "",
    value: str = "",
    **details: object,
) -> Problem:
    """Make a problem from its code; `details` fill the places in the message.

    Raises KeyError for a code that no messages table holds: a programming error.
    """
    message = messages(code[0])[code]
    places = {"file": file, "sheet": sheet, "row": row, "column": column, "value": value, **details}
    return Problem(
        code=code,
        reason=message.zh.format(**places),
        fix=message.fix_zh.format(**places),
        reason_en=message.en.format(**places),
        fix_en=message.fix_en.format(**places),
        file=file,
        sheet=sheet,
        row=row,
        column=column,
        value=value,
    )


class RefusedError(Exception):
    """The rule refuses to go on; `problems` says all the reasons, at least one."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(one.text("en") for one in self.problems))

    def __reduce__(self) -> tuple[type["RefusedError"], tuple[tuple[Problem, ...]]]:
        """Come back whole from another process."""
        return type(self), (self.problems,)

    def zh(self) -> str:
        """Render every problem in Chinese, one per line."""
        return "\n".join(one.text("zh") for one in self.problems)
