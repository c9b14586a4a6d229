"""What a witness does on a computer of their own: commit, keep the secret, reveal. `python witness.py`.

Stands alone: one file, the Python standard library (3.10 or later), no network. witness.html beside it
does the same in a browser. Nothing is written to disk: what is printed goes into the sealed envelope.

    python witness.py commit C SERIAL NAME           make a secret, print the slip to seal
    python witness.py check C SERIAL NAME SECRET     what the secret commits to
    python witness.py chain LENGTH                   make a substitute chain, print the slip to seal
    python witness.py code START LENGTH NUMBER       the code to show at a substitution

C is the frozen fingerprint, SERIAL the attempt, both printed in the minutes of the freeze. Groups of
four digits may be typed with blanks between them, in quotes. Exit code 0, or 1 with the reason.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import sys

NAME = r"[a-z0-9]{1,32}"
SERIAL = r"[0-9]{6}-[0-9]{4}-[0-9]{2}-[1-9][0-9]{0,8}"
NUMBER = r"[1-9][0-9]{0,5}"
HEX = "0123456789abcdef"


class RefusedError(Exception):
    """What was typed is not what it should be, in Chinese and English."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")


def sha(text: str) -> str:
    """Return a SHA-256 in lower-case hex."""
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def commitment(c: str, serial: str, name: str, secret: str) -> str:
    """Return what a witness hands in before the draw (protocol ov1, section 2)."""
    return sha(f"ov1/commit\n{c}\n{serial}\n{name}\n{secret}\n")


def chain_code(start: str, steps: int) -> str:
    """Return the code so many steps after the start of a chain (section 7)."""
    code = start
    for _ in range(steps):
        code = sha(f"{code}\n")
    return code


def hex_value(text: str, what: str) -> str:
    """Return 64 hex digits; a wrong length, or a character that only looks right, is refused with its place."""
    value = text.replace(" ", "")
    for position, character in enumerate(value, 1):
        if character not in HEX:
            raise RefusedError(
                f"{what}：第{position}个字符（U+{ord(character):04X}）不是0—9或小写a—f，"
                "可能是外形相近的字符或全角字符，请用英文输入法重新录入",
                f"character {position} is not one of 0-9 and a-f",
            )
    if len(value) != 64:
        raise RefusedError(f"{what}：应为64位，实有{len(value)}位，请对照原件每四位一组重新录入", "must have 64 digits")
    return value


def matching(text: str, form: str, what: str, example: str) -> str:
    """Return a text of a form."""
    if not re.fullmatch(form, text, re.ASCII):
        raise RefusedError(f"{what}：写法不对，应当像 {example}，请对照冻结笔录重新录入", f"must look like {example}")
    return text


def groups(value: str) -> str:
    """Return 64 digits as they are read out: sixteen groups of four on two lines."""
    fours = [value[at : at + 4] for at in range(0, len(value), 4)]
    return f"    {' '.join(fours[:8])}\n    {' '.join(fours[8:])}"


def commit_slip(c: str, serial: str, name: str, secret: str) -> str:
    """Return what is handed in, and below the line what is sealed."""
    return f"""抽取见证：承诺单（当场提交，可以公开）
  场次编号 {serial}    见证人 {name}
  冻结指纹（C）
{groups(c)}
  承诺
{groups(commitment(c, serial, name, secret))}

------------------------------ 沿此线剪开 ------------------------------

抽取见证：密封单（装入信封密封，揭示前不得给任何人看）
  场次编号 {serial}    见证人 {name}
  揭示时录入的数值
{groups(secret)}
  签名：                    日期：
"""


def chain_slip(start: str, length: int) -> str:
    """Return the head of a chain for the freeze, and below the line what its holder keeps sealed."""
    return f"""递补码链：链首（冻结前提交，可以公开）
  递补次数 {length}
{groups(chain_code(start, length))}

------------------------------ 沿此线剪开 ------------------------------

递补码链：密封单（由持有人保管，本场次全部检查结束前不得给任何人看）
  递补次数 {length}
  链的起点
{groups(start)}
  每次递补前用起点算出当次的码；只出示当次的码，不出示起点。
  签名：                    日期：
"""


def answer(words: list[str]) -> str:
    """Return what is printed for a command line. Raises RefusedError."""
    match words:
        case ["commit" | "check" as act, c, serial, name, *rest] if len(rest) == (act == "check"):
            c = hex_value(c, "冻结指纹")
            serial = matching(serial, SERIAL, "场次编号", "510923-2027-01-1")
            name = matching(name, NAME, "见证人代号", "notary")
            if act == "check":
                return f"承诺应为\n{groups(commitment(c, serial, name, hex_value(rest[0], '密封数值')))}\n"
            return commit_slip(c, serial, name, secrets.token_hex(32))
        case ["chain", length]:
            return chain_slip(secrets.token_hex(32), int(matching(length, NUMBER, "递补次数", "20")))
        case ["code", start, length, number]:
            most = int(matching(length, NUMBER, "递补次数", "20"))
            count = int(matching(number, NUMBER, "第几次递补", "1"))
            if count > most:
                raise RefusedError("第几次递补：超过码链的递补次数", "is more than the chain holds")
            code = chain_code(hex_value(start, "链的起点"), most - count)
            return f"第{count}次递补出示的码\n{groups(code)}\n"
        case _:
            raise RefusedError("用法见本文件开头", "see the head of this file for its usage")


def main(words: list[str]) -> int:
    """Print the answer, or why there is none."""
    try:
        print(answer(words), end="")  # noqa: T201
    except RefusedError as refused:
        print(refused, file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
