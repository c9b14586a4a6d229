"""What people type at a ceremony: refused with the place of the mistake, never repaired.

Blanks between groups of four are how a slip is read out, and are left out. Anything else that is not
the character it looks like is named. What was typed may be a secret: it is never shown whole.
"""

import re
import unicodedata

from onevisit.codes import is_uscc
from onevisit.draw.form import CODE, CREDIT_CODE, OBJECT_ID
from onevisit.errors import Problem, RefusedError, problem

HASH_LENGTH = 64
_HEX = frozenset("0123456789abcdef")
_ID = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-")
_SOURCE = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.,:+/-")
_MOST = 256
_NAMES = {"\r": "回车", "\n": "换行", "\t": "制表符", "\u3000": "全角空格", "\u00a0": "不间断空格"}


def hex_value(text: str, *, who: str) -> str:
    """Return a commitment, secret or code as 64 lower-case hex. Raises RefusedError (D047, D048)."""
    value = text.replace(" ", "")
    problems = _foreign(value, _HEX, who=who, wanted="0—9和小写a—f")
    if not problems and len(value) != HASH_LENGTH:
        problems = [problem("D047", value=who, found=len(value))]
    if problems:
        raise RefusedError(problems)
    return value


def object_id(text: str) -> str:
    """Return an object's id as the frozen files write it. Raises RefusedError (D048, D018, D008)."""
    problems = _foreign(text, _ID, who="对象编号", wanted="数字、大写字母和连字符")
    if not problems and not re.fullmatch(OBJECT_ID, text):
        problems = [problem("D008", column="对象编号", value=text)]
    if not problems and re.fullmatch(CREDIT_CODE, text) and not is_uscc(text):
        problems = [problem("D018", value=text)]
    if problems:
        raise RefusedError(problems)
    return text


def task_id(text: str) -> str:
    """Return a task's id. Raises RefusedError (D008)."""
    if not re.fullmatch(CODE, text):
        raise RefusedError([problem("D008", column="任务编号", value=text)])
    return text


def source_value(text: str, again: str) -> str:
    """Return what a public source says, typed by two people alike. Raises RefusedError (D048, D103)."""
    problems = _foreign(text, _SOURCE, who="公共随机源", wanted="半角的数字、字母和.,:+/-")
    if not problems and not 0 < len(text) <= _MOST:
        problems = [problem("D103", most=_MOST)]
    if not problems and text != again:
        problems = [problem("D104")]
    if problems:
        raise RefusedError(problems)
    return text


def reason(text: str) -> str:
    """Return why something is given up, on one line. Raises RefusedError (D105)."""
    said = text.strip()
    if not said or any(unicodedata.category(character) in ("Cc", "Zl", "Zp") for character in said):
        raise RefusedError([problem("D105")])
    return unicodedata.normalize("NFC", said)


def _foreign(text: str, known: frozenset[str], *, who: str, wanted: str) -> list[Problem]:
    """Report the first character that is not one of the known ones, with its place."""
    for position, character in enumerate(text, start=1):
        if character not in known:
            name = _NAMES.get(character, f"“{character}”" if character.isprintable() else "看不见的字符")
            sign = f"U+{ord(character):04X}"
            return [problem("D048", value=who, position=position, name=name, sign=sign, wanted=wanted)]
    return []
