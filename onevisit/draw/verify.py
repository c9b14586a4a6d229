"""Replay a draw from its folder and compare it, byte by byte: `python verify.py DIR [HEAD]`.

Stands alone: one file, the Python standard library (3.10 or later), nothing of the project that made
the draw. DIR is the evidence of one round (protocol ov1, sections 1-5, 7 and 8), or what the public
got of it. HEAD is the head of the trail as the signed paper minutes have it. A folder may hold the
files of those sections alone; RECORDS and void/, which bind the records of earlier attempts, are
checked when one of them is there.

`python verify.py PROOF.json ROOT ID` checks the proof that the business ID is in the frozen list, or
that it is not; ROOT is the published root, or the file ROOT.

Of a round that was drawn, a replay in which everything holds gives a digest: SHA-256 of `ov1/replay`, C,
the serial, SHA-256 of the trail's line of the batches with its line feed, and SHA-256 of the drawn list
(lines task TAB item TAB id, sorted), each followed by a line feed. What comes after the draw changes
nothing of it. Records of the kind "replayed" hold what witnesses found: each must be this digest.

Exit code 0 when everything holds; 1 with the first reason when something does not. A file is called
checked when no byte of it could be another.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise, product
from pathlib import Path
from typing import Any

FROZEN = (
    "chains.tsv",
    "history.tsv",
    "objects.tsv",
    "plan.tsv",
    "scope.tsv",
    "settings.tsv",
    "sources.tsv",
    "witnesses.tsv",
)
PERSONAL = ("experts.tsv", "lent.tsv", "people.tsv", "recusals.tsv")
"""Who may be sent and who stays away: listed with its hash, and not in what is published of an open round."""
CLASSES = "ABCDN"

NAME = r"[a-z0-9]{1,32}"
CODE = r"[A-Za-z0-9.-]{1,32}"
CLASS = r"[ABCDN]"
NUMBER = r"0|[1-9][0-9]{0,9}"
HEX = r"[0-9a-f]{64}"
MARK = r"[a-z2-7]{22}"
CREDIT_CODE = r"[0-9A-HJ-NP-RTUW-Y]{18}"
CODE_VALUES = {c: value for value, c in enumerate("0123456789ABCDEFGHJKLMNPQRTUWXY")}
CODE_WEIGHTS = [pow(3, place, 31) for place in range(17)]
ID = CREDIT_CODE + r"|[A-Z]{2}-[0-9A-Z-]{1,19}"
TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\+08:00"
TEXT = r".+"
SERIAL = r"[0-9]{6}-[0-9]{4}-[0-9]{2}-[1-9][0-9]{0,8}"
EVENTS = "freeze|root|commit|reveal|seed|drawn|batches|substitute|recusal|plan|void"
LATER_EVENTS = ("substitute", "recusal", "plan")

Stratum = tuple[str, str, str]


class RefusedError(Exception):
    """The first thing that does not hold: which file, and why in Chinese and English."""

    def __init__(self, file: str, zh: str, en: str) -> None:
        super().__init__(f"{file}: {zh} / {en}")


class Folder:
    """The files of the folder by name, which of them were compared, and the digest of the replay when all holds."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.compared: set[str] = set()
        self.partly: dict[str, str] = {}
        self.sealed: list[str] = []
        self.has_frozen_people = True
        self.digest = ""

    def has(self, name: str) -> bool:
        """Tell whether the folder holds a file."""
        return name in self.files

    def read(self, name: str) -> bytes:
        """Return a file that must be there."""
        if name not in self.files:
            raise RefusedError(name, "缺少文件", "the file is missing")
        self.compared.add(name)
        return self.files[name]

    def read_optional(self, name: str) -> bytes:
        """Return a file, nothing when it is absent."""
        return self.read(name) if self.has(name) else b""

    def is_bound_in_part(self, name: str, reason: str) -> None:
        """Say that a file was read, and why a byte of it could still be another."""
        self.compared.discard(name)
        self.partly[name] = reason

    def expect(self, name: str, content: bytes) -> None:
        """Refuse a file that is not, byte for byte, what the replay gives."""
        if self.read(name) != content:
            raise RefusedError(name, "与重算结果不一致", "is not what the replay gives")


def sha(data: str | bytes) -> str:
    """Return a SHA-256 in lower-case hex."""
    return hashlib.sha256(data.encode("utf-8") if isinstance(data, str) else data).hexdigest()


def lines_of(folder: Folder, name: str) -> list[str]:
    """Return a file's lines after checking its form; nothing is stripped or repaired."""
    data = folder.read(name)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise RefusedError(name, "不是UTF-8编码", "is not UTF-8") from None
    if not unicodedata.is_normalized("NFC", text):
        raise RefusedError(name, "不是NFC规范形式", "is not in NFC")
    if "\r" in text or "\0" in text:
        raise RefusedError(name, "含有CR或NUL字符", "holds a CR or NUL")
    if text and not text.endswith("\n"):
        raise RefusedError(name, "最后一行没有换行符", "has no final line feed")
    lines = text.split("\n")[:-1]
    for number, line in enumerate(lines, 1):
        if not line or line != line.strip():
            raise RefusedError(name, f"第{number}行为空或首尾有空白", f"line {number} is blank or has blanks at an end")
    return lines


def fields_of(folder: Folder, name: str, *patterns: str) -> list[list[str]]:
    """Return the fields of each line; every field must have its form."""
    lines = lines_of(folder, name)
    rows = [line.split("\t") for line in lines]
    # With as many fields as forms, no form can reach over a tab.
    form = re.compile("\t".join(f"(?:{pattern})" for pattern in patterns))
    for number, (line, row) in enumerate(zip(lines, rows, strict=True), 1):
        if len(row) != len(patterns) or not form.fullmatch(line):
            raise RefusedError(name, f"第{number}行字段不符合格式", f"line {number} has a field of the wrong form")
    return rows


def table_of(folder: Folder, name: str, *patterns: str) -> list[list[str]]:
    """Return the fields of a .tsv file: its lines must be sorted by bytes, none twice."""
    lines = folder.read(name).split(b"\n")[:-1]
    for number, (before, line) in enumerate(pairwise(lines), 2):
        if before >= line:
            raise RefusedError(name, f"第{number}行重复或未按字节排序", f"line {number} is out of order or twice")
    return fields_of(folder, name, *patterns)


def one_line(folder: Folder, name: str, pattern: str) -> str:
    """Return the content of a one-line file without its line feed."""
    rows = fields_of(folder, name, pattern)
    if len(rows) != 1:
        raise RefusedError(name, "应当只有一行", "must hold exactly one line")
    return rows[0][0]


def number_of(text: str, name: str) -> int:
    """Return a number; it must be below 2^31."""
    if int(text) >= 1 << 31:
        raise RefusedError(name, f"数字过大：{text}", f"number too large: {text}")
    return int(text)


def instant(text: str, name: str) -> str:
    """Return a time that exists; times of this one form sort as text."""
    try:
        dt.datetime.fromisoformat(text)
    except ValueError:
        raise RefusedError(name, f"时间不存在：{text}", f"no such time: {text}") from None
    return text


# 1. Freeze


@dataclass
class Frozen:
    """What was fixed before anybody could know the seed."""

    objects: dict[str, tuple[str, str]]
    scope: dict[Stratum, list[str]]
    plan: dict[Stratum, tuple[str, int, int]]
    history: dict[str, tuple[str, int]]
    settings: dict[str, str]
    witnesses: list[str]
    sources: dict[str, str]
    chains: dict[str, str]


def check_manifest(folder: Folder) -> str:
    """Check that MANIFEST lists every frozen file with its hash; return C."""
    rows: list[tuple[str, str]] = []
    for number, line in enumerate(lines_of(folder, "MANIFEST"), 1):
        match = re.fullmatch(r"([0-9a-f]{64})  ([A-Za-z0-9_-][A-Za-z0-9._-]*)", line)
        if not match:
            raise RefusedError("MANIFEST", f"第{number}行格式不对", f"line {number} has the wrong form")
        rows.append((match.group(2), match.group(1)))
    names = [name for name, _ in rows]
    if names != sorted(set(names)):
        raise RefusedError("MANIFEST", "未按文件名排序或有重复", "is not sorted by name, or names a file twice")
    for name in FROZEN:
        if name not in names:
            raise RefusedError("MANIFEST", f"没有列出{name}", f"does not list {name}")
    folder.has_frozen_people = "people.tsv" in names
    for name, digest in rows:
        if name in PERSONAL and not folder.has(name):
            folder.sealed.append(name)
        elif sha(folder.read(name)) != digest:
            raise RefusedError(name, "与冻结时的指纹不一致", "is not the file that was frozen")
    return sha(folder.read("MANIFEST"))


def read_frozen(folder: Folder) -> Frozen:
    """Read the frozen files and refuse what may not be frozen."""
    settings = read_settings(folder)
    witnesses = [row[0] for row in table_of(folder, "witnesses.tsv", NAME)]
    sources = {row[0]: instant(row[2], "sources.tsv") for row in table_of(folder, "sources.tsv", NAME, TEXT, TIME)}
    chains = {row[0]: row[1] for row in table_of(folder, "chains.tsv", NAME, HEX)}
    check_parties(folder, witnesses, sources, chains)
    objects = read_objects(folder, is_open=settings["disclosure"] == "open")
    scope = read_scope(folder, objects)
    return Frozen(
        objects=objects,
        scope=scope,
        plan=read_plan(folder, scope),
        history=read_history(folder),
        settings=settings,
        witnesses=witnesses,
        sources=sources,
        chains=chains,
    )


def read_settings(folder: Folder) -> dict[str, str]:
    """Read settings.tsv: exactly the six settings, each in its range."""
    forms = {
        "algorithm": "ov1",
        "batches": NUMBER,
        "disclosure": "open|witnessed",
        "exempt": "-|(?=.)A?B?C?D?N?",
        "sparing": NUMBER,
        "substitutes": NUMBER,
    }
    settings: dict[str, str] = {}
    for name, value in table_of(folder, "settings.tsv", CODE, TEXT):
        if name in settings or not re.fullmatch(forms.get(name, "(?!)"), value):
            raise RefusedError("settings.tsv", f"设置不认识或不合规：{name}", f"unknown or wrong setting: {name}")
        settings[name] = value
    for name in forms:
        if name not in settings:
            raise RefusedError("settings.tsv", f"缺少设置{name}", f"setting {name} is missing")
    for name, least, most in (("batches", 1, 2**31 - 1), ("substitutes", 1, 2**31 - 1), ("sparing", 0, 10000)):
        if not least <= int(settings[name]) <= most:
            raise RefusedError("settings.tsv", f"设置超出范围：{name}", f"setting out of range: {name}")
    return settings


def check_parties(folder: Folder, witnesses: list[str], sources: dict[str, str], chains: dict[str, str]) -> None:
    """Check that names are different, a public source exists, and two witnesses or more keep chains."""
    source_count = len(lines_of(folder, "sources.tsv"))
    if not sources or source_count != len(sources) or set(sources) & set(witnesses):
        raise RefusedError("sources.tsv", "公共随机源缺失或与见证人重名", "no source, or a name is used twice")
    if len(lines_of(folder, "chains.tsv")) != len(chains) or len(chains) < 2 or not set(chains) <= set(witnesses):
        raise RefusedError(
            "chains.tsv", "递补码链须由两名以上见证人各持一条", "two or more witnesses must each keep a chain"
        )


def check_id(identifier: str, name: str) -> None:
    """Refuse a credit code whose GB 32100 check character is wrong."""
    if len(identifier) == 18 and re.fullmatch(CREDIT_CODE, identifier):
        total = sum(CODE_VALUES[c] * weight for c, weight in zip(identifier, CODE_WEIGHTS, strict=False))
        if -total % 31 != CODE_VALUES[identifier[17]]:
            raise RefusedError(name, f"信用代码校验位不对：{identifier}", f"wrong check character: {identifier}")


def read_objects(folder: Folder, *, is_open: bool) -> dict[str, tuple[str, str]]:
    """Read objects.tsv: ids canonical, ids and marks unique, nothing but ids in an open round."""
    name = "objects.tsv"
    rows = table_of(folder, name, ID, CLASS, ID if is_open else MARK)
    for identifier, letter, mark in rows:
        check_id(identifier, name)
        if is_open and (letter != "N" or mark != identifier):
            raise RefusedError(
                name, f"公开场次不得有类别或标记：{identifier}", f"class or mark in an open round: {identifier}"
            )
    objects = {identifier: (letter, mark) for identifier, letter, mark in rows}
    if len(objects) != len(rows) or len({mark for _, mark in objects.values()}) != len(rows):
        raise RefusedError(name, "编号或标记重复", "an id or a mark is there twice")
    return objects


def read_scope(folder: Folder, objects: dict[str, tuple[str, str]]) -> dict[Stratum, list[str]]:
    """Read scope.tsv: every id an object, in the stratum of its class, once per item."""
    name = "scope.tsv"
    scope: dict[Stratum, list[str]] = {}
    seen: set[tuple[str, str, str]] = set()
    for task, item, stratum, identifier in table_of(folder, name, CODE, CODE, CLASS, ID):
        if identifier not in objects or objects[identifier][0] != stratum:
            raise RefusedError(
                name, f"不在名录中或类别不符：{identifier}", f"not an object, or not of its class: {identifier}"
            )
        if (task, item, identifier) in seen:
            raise RefusedError(name, f"同一事项重复：{identifier}", f"twice in one item: {identifier}")
        seen.add((task, item, identifier))
        scope.setdefault((task, item, stratum), []).append(identifier)
    return scope


def read_plan(folder: Folder, scope: dict[Stratum, list[str]]) -> dict[Stratum, tuple[str, int, int]]:
    """Read plan.tsv: one line per stratum, N the count of its scope."""
    name = "plan.tsv"
    plan: dict[Stratum, tuple[str, int, int]] = {}
    patterns = (CODE, CODE, CLASS, "general|key", NUMBER, "rate|count", NUMBER, NUMBER)
    for task, item, stratum, _, count, kind, value, least in table_of(folder, name, *patterns):
        key = (task, item, stratum)
        if key in plan:
            raise RefusedError(name, f"重复：{key}", f"there twice: {key}")
        if number_of(count, name) != len(scope.get(key, [])):
            raise RefusedError(name, f"户数与范围不符：{key}", f"N is not the count of the scope: {key}")
        plan[key] = (kind, number_of(value, name), number_of(least, name))
        if kind == "rate" and plan[key][1] > 10000:
            raise RefusedError(name, f"比例超过10000基点：{key}", f"rate over 10000: {key}")
    for key in scope:
        if key not in plan:
            raise RefusedError(name, f"缺少一层的计划：{key}", f"a stratum has no plan line: {key}")
    return plan


def read_history(folder: Folder) -> dict[str, tuple[str, int]]:
    """Read history.tsv: last year's cell and whether drawn, once per id."""
    rows = table_of(folder, "history.tsv", ID, "[0-9a-f]{16}", "[01]")
    for identifier, _, _ in rows:
        check_id(identifier, "history.tsv")
    history = {identifier: (cell, int(flag)) for identifier, cell, flag in rows}
    if len(history) != len(rows):
        raise RefusedError("history.tsv", "编号重复", "an id is there twice")
    return history


def merkle_root(leaves: list[bytes]) -> bytes:
    """Return the RFC 6962 root: an odd node at the end of a level goes up alone."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    level = [hashlib.sha256(b"\0" + leaf).digest() for leaf in leaves]
    while len(level) > 1:
        pairs = [hashlib.sha256(b"\1" + level[i] + level[i + 1]).digest() for i in range(0, len(level) - 1, 2)]
        level = pairs + level[len(pairs) * 2 :]
    return level[0]


# 2. Ceremony


def check_commits(folder: Folder, prefix: str, witnesses: list[str], *, is_whole: bool) -> dict[str, str]:
    """Check that exactly the witnesses committed, in order (a void attempt may lack some)."""
    name = prefix + "COMMITS"
    rows = fields_of(folder, name, NAME, HEX)
    names = [row[0] for row in rows]
    wanted = witnesses if is_whole else [witness for witness in witnesses if witness in names]
    if names != wanted:
        raise RefusedError(name, "承诺缺少、多出或次序不对", "a commit is missing, surplus or out of order")
    return {row[0]: row[1] for row in rows}


def check_reveals(
    folder: Folder, prefix: str, serial: str, c: str, commits: dict[str, str], *, names: list[str] | None = None
) -> None:
    """Check each reveal against its commit, and the order; `names` are all that must be there."""
    name = prefix + "REVEALS"
    given: list[str] = []
    for number, line in enumerate(lines_of(folder, name), 1):
        match = re.fullmatch(rf"({NAME})=(\S.*)", line)
        if not match or not line.isprintable():
            raise RefusedError(name, f"第{number}行格式不对", f"line {number} has the wrong form")
        who, value = match.groups()
        given.append(who)
        if who in commits and (
            not re.fullmatch(HEX, value) or sha(f"ov1/commit\n{c}\n{serial}\n{who}\n{value}\n") != commits[who]
        ):
            raise RefusedError(name, f"揭示与承诺不符：{who}", f"the reveal does not match the commit: {who}")
    if names is not None and given != names:
        raise RefusedError(name, "揭示缺少、多出或次序不对", "a reveal is missing, surplus or out of order")
    if len(given) != len(set(given)):
        raise RefusedError(name, "重复揭示", "somebody reveals twice")


def key_of(seed: str, purpose: str) -> str:
    """Return K(p), the key of one purpose."""
    return sha(f"ov1/key\n{purpose}\n{seed}\n")[:32]


def h64(text: str) -> int:
    """Return the first 64 bits of a SHA-256 as an integer."""
    return int(sha(text)[:16], 16)


# 3 and 4. How many, and who


def replay_drawn(frozen: Frozen, seed: str) -> list[tuple[str, str, str, str, str]]:
    """Draw again: task, item, stratum, id, ticket."""
    rounding = key_of(seed, "rounding")
    cells = spared_cells(frozen, seed)
    tickets: dict[tuple[str, str], tuple[int, str, str]] = {}
    task_keys = {task: key_of(seed, f"objects/{task}") for task, _, _ in frozen.plan}
    drawn: list[tuple[str, str, str, str, str]] = []
    for (task, item, stratum), (kind, value, least) in frozen.plan.items():
        identifiers = frozen.scope.get((task, item, stratum), [])
        for identifier in identifiers:
            if (task, identifier) not in tickets:
                ticket = sha(f"{task_keys[task]}|{frozen.objects[identifier][1]}")
                tickets[task, identifier] = (rank_value(ticket, cells.get(identifier)), ticket, identifier)
        total = len(identifiers)
        count = value
        if kind == "rate":
            count, rest = divmod(total * value, 10000)
            count += h64(f"{rounding}|{task}|{item}|{stratum}") * 10000 < rest << 64
        count = min(total, max(count, least))
        best = sorted(tickets[task, identifier] for identifier in identifiers)[:count]
        drawn += [(task, item, stratum, identifier, ticket) for _, ticket, identifier in best]
    return drawn


def spared_cells(frozen: Frozen, seed: str) -> dict[str, tuple[int, int, int]]:
    """Return (lines in the cell, of them drawn, own flag) of each object that sparing touches."""
    key = key_of(seed, "sparing")
    limit = int(frozen.settings["sparing"]) << 64
    sizes: dict[str, list[int]] = {}
    for cell, flag in frozen.history.values():
        size = sizes.setdefault(cell, [0, 0])
        size[0] += 1
        size[1] += flag
    return {
        identifier: (
            sizes[frozen.history[identifier][0]][0],
            sizes[frozen.history[identifier][0]][1],
            frozen.history[identifier][1],
        )
        for identifier, (letter, mark) in frozen.objects.items()
        if identifier in frozen.history
        and letter not in frozen.settings["exempt"]
        and h64(f"{key}|{mark}") * 10000 < limit
    }


def rank_value(ticket: str, cell: tuple[int, int, int] | None) -> int:
    """Return V: the smaller, the sooner drawn."""
    u = int(ticket[:16], 16)
    if cell is None:
        return u << 32
    lines, drawn, flag = cell
    v = ((lines - drawn) << 64) + u * drawn if flag else u * (lines - drawn)
    return (v << 32) // lines


# 5. In which order


def replay_batches(
    frozen: Frozen, seed: str, drawn: list[tuple[str, str, str, str, str]]
) -> list[tuple[str, str, str]]:
    """Sort each task's drawn businesses into batches by lot again."""
    by_task: dict[str, set[str]] = {}
    for task, _, _, identifier, _ in drawn:
        by_task.setdefault(task, set()).add(identifier)
    batches: list[tuple[str, str, str]] = []
    for task, identifiers in by_task.items():
        key = key_of(seed, f"batch/{task}")
        order = sorted((sha(f"{key}|{frozen.objects[identifier][1]}"), identifier) for identifier in identifiers)
        count = int(frozen.settings["batches"])
        batches += [
            (task, identifier, str(rank * count // len(order) + 1)) for rank, (_, identifier) in enumerate(order)
        ]
    return batches


# 7. Substitutes


def check_codes(folder: Folder, chains: dict[str, str], most: int | None) -> list[list[str]]:
    """Check that CODES counts from 1 and every code lies on its holder's chain."""
    if not folder.has("CODES"):
        return []
    rows = fields_of(folder, "CODES", NUMBER, CODE, ID, *[HEX] * len(chains))
    for i, row in enumerate(rows, 1):
        if int(row[0]) != i or (most is not None and i > most):
            raise RefusedError(
                "CODES", f"第{i}行序号不对或超过链长", f"line {i}: wrong number, or more than the chains hold"
            )
        for (holder, head), code in zip(sorted(chains.items()), row[3:], strict=True):
            link = code
            for _ in range(i):
                link = sha(link + "\n")
            if link != head:
                raise RefusedError(
                    "CODES", f"第{i}行的码不在{holder}的链上", f"line {i}: a code is not of the chain of {holder}"
                )
    return rows


def replay_substitutes(
    frozen: Frozen, seed: str, drawn: list[tuple[str, str, str, str, str]], codes: list[list[str]]
) -> list[tuple[str, str, str, str, str]]:
    """Take the substitutes again: number, task, item, lost id, new id."""
    held: dict[Stratum, set[str]] = {}
    for task, item, stratum, identifier, _ in drawn:
        held.setdefault((task, item, stratum), set()).add(identifier)
    lost_ones: dict[str, set[str]] = {}
    taken: list[tuple[str, str, str, str, str]] = []
    for number, task, lost, *shown in codes:
        places = [place for place, identifiers in held.items() if place[0] == task and lost in identifiers]
        gone = lost_ones.setdefault(task, set())
        if not places or lost in gone:
            raise RefusedError(
                "CODES", f"第{number}行的对象未被抽中或已递补", f"line {number}: not drawn in its task, or lost before"
            )
        gone.add(lost)
        key = sha(f"ov1/sub\n{seed}\n" + "".join(code + "\n" for code in shown))[:32]
        for place in places:
            free = (i for i in frozen.scope[place] if i not in held[place] and i not in gone)
            new = min(((sha(f"{key}|{frozen.objects[i][1]}"), i) for i in free), default=("", "-"))[1]
            taken.append((number, task, place[1], lost, new))
            if new != "-":
                held[place].add(new)
    return taken


# 8. Trail


@dataclass
class TrailLine:
    """One line of TRAIL."""

    at: str
    event: str
    payload: str


Expected = list[tuple[str, bytes | None]]


def read_trail(folder: Folder) -> list[list[TrailLine]]:
    """Check numbers, times and links; return the lines of each attempt."""
    previous, latest = "0" * 64, ""
    attempts: list[list[TrailLine]] = []
    rows = fields_of(folder, "TRAIL", NUMBER, TIME, EVENTS, HEX, HEX)
    for number, (given, at, event, payload, link) in enumerate(rows, 1):
        if int(given) != number or link != previous:
            raise RefusedError("TRAIL", f"第{number}行断链", f"line {number}: the link is broken")
        if instant(at, "TRAIL") < latest:
            raise RefusedError("TRAIL", f"第{number}行时间倒退", f"line {number}: the time goes backwards")
        previous, latest = sha("\t".join((given, at, event, payload, link)) + "\n"), at
        if event == "freeze":
            attempts.append([])
        if not attempts:
            raise RefusedError("TRAIL", "第一行应为freeze", "must begin with freeze")
        attempts[-1].append(TrailLine(at, event, payload))
    if not attempts:
        raise RefusedError("TRAIL", "没有内容", "is empty")
    return attempts


def head_of(folder: Folder) -> str:
    """Return the head of the trail: SHA-256 of its last line with its line feed."""
    return sha(folder.read("TRAIL").split(b"\n")[-2] + b"\n")


def lines_since(folder: Folder, head: str) -> int:
    """Return how many lines follow the one that signed minutes have as the head; refuse a head of no line.

    Minutes are signed when a round is drawn or given up; losses, substitutes and digests come later.
    """
    lines = folder.read("TRAIL").splitlines(keepends=True)
    signable = [number for number, line in enumerate(lines) if line.split(b"\t")[2] in (b"batches", b"void")]
    for number in range(signable[0] if signable else len(lines), len(lines)):
        if sha(lines[number]) == head:
            return len(lines) - number - 1
    found = head_of(folder)
    raise RefusedError("TRAIL", f"链首{found}与签字笔录不符", f"head {found} is not the one in the signed minutes")


def match_events(lines: list[TrailLine], expected: Expected) -> None:
    """Refuse events or payloads that are not the expected ones, in order."""
    events = [line.event for line in lines]
    wanted = [event for event, _ in expected]
    if events != wanted:
        raise RefusedError("TRAIL", f"事件次序不对：{events}", f"events are not in the order {wanted}")
    for line, (event, payload) in zip(lines, expected, strict=True):
        if payload is not None and sha(payload) != line.payload:
            raise RefusedError("TRAIL", f"{event}的内容指纹不符", f"the payload of {event} does not match")


def each(folder: Folder, event: str, name: str) -> Expected:
    """Return one expected event per line of a file, none when the file is absent."""
    return [(event, line + b"\n") for line in folder.read_optional(name).split(b"\n")[:-1]]


def opening(folder: Folder, prefix: str) -> Expected:
    """Return what an attempt's trail must begin with, from its files as far as they exist."""
    expected: Expected = [("freeze", folder.read(prefix + "MANIFEST"))]
    if folder.has(prefix + "ROOT"):
        expected.append(("root", folder.read(prefix + "ROOT")))
    expected += each(folder, "commit", prefix + "COMMITS") + each(folder, "reveal", prefix + "REVEALS")
    if folder.has(prefix + "SEED"):
        expected.append(("seed", folder.read(prefix + "SEED")))
    return expected


def check_moments(lines: list[TrailLine], reveals: list[str], sources: dict[str, str]) -> None:
    """Check that the public randomness was unknown when the last witness revealed."""
    shown = [line for line in lines if line.event == "reveal"]
    for line, who in zip(shown, reveals, strict=True):
        if who in sources and line.at < sources[who]:
            raise RefusedError("TRAIL", f"{who}在约定时刻之前公布", f"{who} is shown before its moment")
        if who not in sources and any(line.at >= moment for moment in sources.values()):
            raise RefusedError("TRAIL", f"{who}的揭示不早于公共随机源", f"{who} reveals when a source may be known")


class Records:
    """The records of void, recusal and plan events: one line of JSON each, in order of the trail."""

    def __init__(self, folder: Folder) -> None:
        self.is_absent = not any(name == "RECORDS" or name.startswith("void/") for name in folder.files)
        self.lines = [] if self.is_absent else lines_of(folder, "RECORDS")
        self.used = 0

    def take(self) -> tuple[bytes | None, dict[str, object]]:
        """Return the next record as bytes and as an object with sorted keys; nothing where there are no records."""
        if self.is_absent:
            self.used += 1
            return None, {}
        if self.used == len(self.lines):
            raise RefusedError("RECORDS", "缺少记录", "a record is missing")
        line = self.lines[self.used]
        self.used += 1
        try:
            record: object = json.loads(line, object_pairs_hook=sorted_object)
        except (ValueError, RecursionError):
            raise RefusedError(
                "RECORDS", f"第{self.used}行不是键已排序的JSON", f"line {self.used} is not JSON with sorted keys"
            ) from None
        if not isinstance(record, dict):
            raise RefusedError("RECORDS", f"第{self.used}行不是对象", f"line {self.used} is not an object")
        return line.encode("utf-8") + b"\n", record  # pyright: ignore[reportUnknownVariableType]

    def notes(self) -> list[str]:
        """Refuse a record too many; say how many the folder lacks."""
        if self.is_absent:
            absent = f"{self.used}项记录不在文件夹中，只核对了它们在留痕中的位置"
            return [
                f"{absent} / {self.used} records are not in the folder: only their places in the trail were checked"
            ]
        if self.used != len(self.lines):
            raise RefusedError("RECORDS", "有多余的记录", "a record is surplus")
        return []


def sorted_object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return a JSON object whose keys are sorted and different."""
    keys = [key for key, _ in pairs]
    if keys != sorted(set(keys)):
        raise ValueError(keys)
    return dict(pairs)


def check_void_attempts(folder: Folder, attempts: list[list[TrailLine]], serial: str, records: Records) -> None:
    """Check earlier attempts of the round from void/<serial>/: every one ends with its void record."""
    stem = serial.rsplit("-", 1)[0]
    for number, lines in enumerate(attempts, 1):
        prefix = f"void/{stem}-{number}/"
        if records.is_absent:
            check_void_order([line.event for line in lines])
            records.take()
            continue
        match_events(lines, [*opening(folder, prefix), ("void", records.take()[0])])
        c = sha(folder.read(prefix + "MANIFEST"))
        rows = fields_of(folder, prefix + "COMMITS", NAME, HEX) if folder.has(prefix + "COMMITS") else []
        if folder.has(prefix + "REVEALS"):
            check_reveals(folder, prefix, f"{stem}-{number}", c, {row[0]: row[1] for row in rows})


def check_void_order(events: list[str]) -> None:
    """Check the events of a void attempt of which the folder has nothing but the trail."""
    if not re.fullmatch("freeze( root( commit)*( reveal)*( seed)?)? void", " ".join(events)):
        raise RefusedError("TRAIL", f"事件次序不对：{events}", f"unexpected events {events}")


def check_closing(
    folder: Folder,
    lines: list[TrailLine],
    codes: list[list[str]],
    records: Records,
    readers: tuple[Replays, People],
) -> None:
    """Check what follows the batches: substitutes by number, and the records."""
    code_lines = folder.read_optional("CODES").split(b"\n")
    substitutes = folder.read_optional("substitutes.tsv").split(b"\n")
    count = 0
    payload: bytes | None
    for line in lines:
        if line.event == "substitute" and count < len(codes):
            own = [text for text in substitutes if text.startswith(f"{count + 1}\t".encode())]
            payload = b"".join(text + b"\n" for text in [code_lines[count], *own])
            count += 1
        elif line.event in ("recusal", "plan"):
            payload, record = records.take()
            for reader in readers:
                reader.check(record)
        else:
            raise RefusedError("TRAIL", f"事件次序不对：{line.event}", f"unexpected event {line.event}")
        match_events([line], [(line.event, payload)])
    if count != len(codes):
        raise RefusedError("TRAIL", "缺少递补事件", "a substitution is not in the trail")


# 9. What the witnesses say of their replays


class Replays:
    """The digest of a replay in which everything held, and whose it is on record."""

    def __init__(self, folder: Folder, serial: str, c: str, listed: bytes, witnesses: Iterable[str]) -> None:
        last = [line for line in folder.read("TRAIL").split(b"\n") if b"\tbatches\t" in line][-1:]
        if not last:
            raise RefusedError("TRAIL", "没有抽取结果，不应有复算摘要", "nothing is drawn: there is nothing to replay")
        parts = ("ov1/replay", c, serial, sha(last[0] + b"\n"), sha(listed))
        self.digest = sha("".join(part + "\n" for part in parts))
        self.missing = list(witnesses)
        self.named: list[str] = []

    def check(self, record: dict[str, object]) -> None:
        """Refuse a record of a replay that gives another digest, of a stranger, or of a witness twice."""
        if record.get("kind") == "replayed":
            self.accept("RECORDS", record.get("witness"), record.get("digest"))

    def accept(self, file: str, witness: object, digest: object) -> None:
        """Take a witness's digest."""
        if not isinstance(witness, str) or witness not in self.missing:
            raise RefusedError(
                file, f"复算摘要不是见证人的，或重复：{witness}", f"a digest of no witness, or twice: {witness}"
            )
        if digest != self.digest:
            raise RefusedError(
                file, f"复算摘要与重算结果不一致：{witness}", f"not the digest of this replay: {witness}"
            )
        self.missing.remove(witness)
        self.named.append(witness)

    def notes(self) -> list[str]:
        """Say whose digest is on record and whose is not."""
        named, missing = ", ".join(self.named) or "-", ", ".join(self.missing) or "-"
        return [f"已登记复算摘要 / on record of: {named}；尚未登记 / not yet of: {missing}"]


def list_of(drawn: Iterable[tuple[str, str, str, str, str]]) -> bytes:
    """Return the drawn list as the public gets it: task, item, id; no stratum, no ticket."""
    return tsv((task, item, identifier) for task, item, _, identifier, _ in drawn)


def check_public_replays(folder: Folder, serial: str, c: str, witnesses: Iterable[str], lines: list[TrailLine]) -> str:
    """Check the drawn list and every digest in REPLAYS: each is of what is published, and stands in the trail."""
    table_of(folder, "listed.tsv", CODE, CODE, ID)
    replays = Replays(folder, serial, c, folder.read("listed.tsv"), witnesses)
    chained = {line.payload for line in lines if line.event == "plan"}
    for witness, digest in fields_of(folder, "REPLAYS", NAME, HEX):
        replays.accept("REPLAYS", witness, digest)
        if sha(f'{{"digest": "{digest}", "kind": "replayed", "witness": "{witness}"}}\n') not in chained:
            raise RefusedError("REPLAYS", f"不在留痕中：{witness}", f"is not in the trail: {witness}")
    if not replays.named:
        folder.is_bound_in_part("listed.tsv", "尚无见证人的复算摘要 / no witness's digest binds it yet")
    return replays.notes()[0]


# 10. People


NOBODY = "-"
DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
VISIT = rf"(?:{ID})-[0-9]{{2,4}}"
LOT = r"(?:teams/[^/]+|experts)/[A-Za-z0-9.-]{1,32}"
PEOPLE_FORMS = {
    "barred.tsv": (VISIT, CODE, HEX),
    "calls.tsv": (VISIT, "[01]", CODE, CODE),
    "carried.tsv": ("teams|leaders|experts", HEX, NUMBER),
    "departments.tsv": (CODE, TEXT),
    "duties.tsv": (VISIT, CODE, "[01]", CODE, CODE, CODE),
    "earlier.tsv": (SERIAL, NUMBER, HEX),
    "visits.tsv": (VISIT, DAY, CODE, CODE, "[01]", "[01]"),
}
"""What a sitting starts from."""
BORROWED = "borrowed.tsv"
"""Which pool completes which team: listed where one does."""
SEATS = (LOT, VISIT, NUMBER, HEX, "[01]", rf"{HEX}|-")
PEOPLE_RESULTS = ("groups.tsv", "leaders.tsv", "seated.tsv", "seats.tsv", "steps.tsv", "swaps.tsv")
"""What a replay gives."""
CHANGES = "people/CHANGES"

Place = tuple[str, str, str]
Demands = dict[str, list[set[str]]]
Named = dict[str, list[str]]


def expect_table(folder: Folder, name: str, rows: Iterable[tuple[str, ...]]) -> None:
    """Refuse a table that is not what the replay gives, with the first line that differs."""
    wanted, found = tsv(rows).split(b"\n"), folder.read(name).split(b"\n")
    for number in range(max(len(wanted), len(found))):
        if wanted[number : number + 1] != found[number : number + 1]:
            raise RefusedError(
                name, f"第{number + 1}行与重算结果不一致", f"line {number + 1} is not what the replay gives"
            )


def fillable(seats: list[set[str]], taken: set[str]) -> bool:
    """Tell whether different people, none of them taken, can take every seat."""
    if all(len(seat) - len(seat & taken) >= len(seats) for seat in seats):
        return True
    sits: dict[str, int] = {}

    def place(number: int, asked: set[str]) -> bool:
        for one in sorted(seats[number] - taken - asked):
            asked.add(one)
            if one not in sits or place(sits[one], asked):
                sits[one] = number
                return True
        return False

    return all(place(number, set()) for number in range(len(seats)))


def is_team(seats: list[set[str]], team: Iterable[str]) -> bool:
    """Tell whether exactly these people can take the seats, one each."""
    people = set(team)
    return len(people) == len(seats) and fillable([seat & people for seat in seats], set())


@dataclass
class Lot:
    """One drawing: who was drawn, step by step, and the chains of swaps that evened the loads out."""

    key: str
    loads: dict[str, int]
    demands: Demands
    teams: Named
    steps: list[tuple[str, int, int, int, str]]
    chains: list[list[tuple[str, str, str]]]

    @classmethod
    def drawn(cls, key: str, demands: Demands, loads: dict[str, int]) -> Lot:
        """Draw for every visit in the order of the lot, then even the loads out."""
        lot = cls(key, dict(loads), demands, {}, [], [])
        for visit in lot.order():
            lot.seat(visit)
        chain = lot.chain()
        while chain:
            lot.chains.append(chain)
            for visit, leaves, comes in chain:
                lot.teams[visit][lot.teams[visit].index(leaves)] = comes
            lot.loads[chain[0][1]] -= 1
            lot.loads[chain[-1][2]] = lot.load(chain[-1][2]) + 1
            chain = lot.chain()
        return lot

    def load(self, person: str) -> int:
        """Return how often somebody goes."""
        return self.loads.get(person, 0)

    def ticket(self, visit: str, person: str) -> str:
        """Return a person's ticket for a visit."""
        return sha(f"{self.key}|{visit}|{person}")

    def order(self) -> list[str]:
        """Return the visits in the order in which they are served."""
        return sorted(self.demands, key=lambda visit: sha(f"{self.key}|order|{visit}"))

    def turns(self, visit: str, people: set[str]) -> Iterator[str]:
        """Yield people in the order in which the lot takes them."""
        for load in sorted({self.load(one) for one in people}):
            tickets = sorted((self.ticket(visit, one), one) for one in people if self.load(one) == load)
            yield from (one for _, one in tickets)

    def seat(self, visit: str) -> None:
        """Draw the people of one visit."""
        team = self.teams[visit] = []
        seats = self.demands[visit]
        for number, seat in enumerate(seats):
            free = seat - set(team)
            for one in self.turns(visit, free):
                if fillable(seats[number + 1 :], {*team, one}):
                    self.steps.append((visit, number + 1, len(free), self.load(one), one))
                    team.append(one)
                    break
        for one in team:
            self.loads[one] = self.load(one) + 1

    def handovers(self, person: str, visits: Named, seen: set[str]) -> Iterator[tuple[str, str]]:
        """Yield to whom a person may hand which visit, of people not seen yet."""
        for visit in visits.get(person, []):
            team, seats = self.teams[visit], self.demands[visit]
            stays = [one for one in team if one != person]
            for other in sorted(set[str]().union(*seats) - set(team) - seen):
                if is_team(seats, [*stays, other]):
                    yield visit, other

    def goes_to(self) -> Named:
        """Return person -> visits."""
        visits: Named = {}
        for visit in sorted(self.teams):
            for one in self.teams[visit]:
                visits.setdefault(one, []).append(visit)
        return visits

    def chain(self) -> list[tuple[str, str, str]]:
        """Return the shortest chain that takes a duty off somebody heavy, the heaviest first; at last there is none."""
        visits, vain = self.goes_to(), set[str]()
        for first in sorted(visits, key=lambda one: (-self.load(one), one)):
            if first in vain:
                continue
            came: dict[str, tuple[str, str, str]] = {}
            seen, queue = {first}, [first]
            for person in queue:
                for visit, other in self.handovers(person, visits, seen):
                    came[other] = (visit, person, other)
                    seen.add(other)
                    queue.append(other)
                    if self.load(other) + 2 <= self.load(first):
                        return way_of(came, other)
            vain |= seen
        return []

    def certify(self, file: str) -> None:
        """Refuse a result that some chain of legal swaps would even out, or a team that may not sit.

        Looks from the lightest person up, against the swaps: whoever leads to somebody with two or more
        fewer could be relieved.
        """
        takes_from: dict[str, set[str]] = {}
        for visit, team in self.teams.items():
            seats = self.demands[visit]
            if len(set(team)) != len(team) or not is_team(seats, team):
                raise RefusedError(file, f"{visit}的人员不能组成检查组", f"the team of {visit} may not sit")
            for leaves in team:
                for comes in set[str]().union(*seats) - set(team):
                    if is_team(seats, [comes if one == leaves else one for one in team]):
                        takes_from.setdefault(comes, set()).add(leaves)
        reached: set[str] = set()
        for light in sorted({*takes_from, *self.loads}, key=lambda one: (self.load(one), one)):
            queue = [light]
            for person in queue:
                for heavy in takes_from.get(person, set()) - reached:
                    reached.add(heavy)
                    queue.append(heavy)
                    if self.load(heavy) >= self.load(light) + 2:
                        raise RefusedError(file, "负担还可以更均衡", "loads could be more even")


def way_of(came: dict[str, tuple[str, str, str]], last: str) -> list[tuple[str, str, str]]:
    """Return the swaps that lead to a person."""
    chain: list[tuple[str, str, str]] = []
    while last in came:
        chain.insert(0, came[last])
        last = came[last][1]
    return chain


def shares_of(count: int, seats: int) -> Iterator[list[int]]:
    """Yield every way of giving so many items to seats, the earlier items to the earlier seats first."""
    if count == 0:
        yield []
        return
    for parts in shares_of(count - 1, seats):
        for seat in range(min(seats, max(parts, default=-1) + 2)):
            yield [*parts, seat]


def seats_of(able: dict[str, set[str]], items: set[str], count: int) -> list[set[str]]:
    """Return who may take each seat of a department's team, nothing when it cannot field one."""
    everybody = set(able)
    whole = {one for one in everybody if able[one] == items}
    if len(everybody) < count:
        return []
    if whole:
        return [whole, *[everybody] * (count - 1)]
    best: list[set[str]] = []
    for parts in shares_of(len(items), count):
        shared: list[set[str]] = [set() for _ in range(count)]
        for item, seat in zip(sorted(items), parts, strict=True):
            shared[seat].add(item)
        seats = [{one for one in everybody if able[one] >= part} for part in shared]
        if fillable(seats, set()) and sorted(map(len, seats)) > sorted(map(len, best)):
            best = seats
    return best


def mixed_seats(
    own: dict[str, set[str]], lent: dict[str, set[str]], items: set[str], count: int, borrowed: int
) -> list[set[str]]:
    """Return who may take each seat where a pool's people take the first so many, nothing when they cannot."""
    sides = [lent] * borrowed + [own] * (count - borrowed)
    best: list[set[str]] = []
    for number, side in ((0, lent), (borrowed, own)):
        whole = {one for one in side if side[one] == items}
        if whole:
            best = [whole, *(set(other) for place, other in enumerate(sides) if place != number)]
            return best if fillable(best, set()) else []
    for places in product(range(count), repeat=len(items)):
        shared: list[set[str]] = [set() for _ in range(count)]
        for item, place in zip(sorted(items), places, strict=True):
            shared[place].add(item)
        seats = [{one for one in side if side[one] >= part} for side, part in zip(sides, shared, strict=True)]
        if fillable(seats, set()) and sorted(map(len, seats)) > sorted(map(len, best)):
            best = seats
    return best


class Staff:
    """Who may be sent, as frozen with the round."""

    def __init__(self, folder: Folder) -> None:
        self.scope: dict[str, dict[str, dict[str, bool]]] = {}
        self.valid_to: dict[tuple[str, str], str] = {}
        for department, name, code, flag, day in table_of(folder, "people.tsv", CODE, HEX, CODE, "[01]", DAY):
            self.scope.setdefault(department, {}).setdefault(name, {})[code] = flag == "1"
            self.valid_to[department, name] = day
        self.lent: dict[str, dict[str, dict[str, dict[str, bool]]]] = {}
        self.most: dict[str, str] = {}
        self.read_lent(folder)
        demands = table_of(folder, "demands.tsv", CODE, CODE, CODE, CODE, NUMBER, "[01]", TEXT)
        self.at_the_door = {(row[0], row[1]) for row in demands}
        self.asked = {(code, department) for _, _, code, department, *_ in demands}
        self.seat_count = {department: int(count) for _, _, _, department, count, _, _ in demands}
        self.needs_expert = {row[2] for row in demands if row[5] == "1"}
        self.fields: dict[tuple[str, str], list[str]] = {}
        for code, identifier, field in table_of(folder, "fields.tsv", CODE, ID, TEXT):
            self.fields.setdefault((code, identifier), []).append(field)
        self.experts: dict[str, set[str]] = {}
        for name, field in table_of(folder, "experts.tsv", HEX, TEXT):
            self.experts.setdefault(name, set()).add(field)
        self.recused = {(row[0], row[1]) for row in table_of(folder, "recusals.tsv", HEX, ID)}

    def read_lent(self, folder: Folder) -> None:
        """Read whom pools lend, pools in their order; refuse somebody who is listed twice, or the county's own."""
        if not folder.has("lent.tsv"):
            return
        own = {name for people in self.scope.values() for name in people}
        home: dict[str, tuple[str, str]] = {}
        rows = table_of(folder, "lent.tsv", NUMBER, TEXT, f"{NUMBER}|-", CODE, HEX, CODE, "[01]", DAY)
        for _, pool, most, department, name, code, flag, day in sorted(rows, key=lambda row: int(row[0])):
            if name in own or home.setdefault(name, (pool, department)) != (pool, department):
                raise RefusedError("lent.tsv", "同一人列了两次", "somebody is listed twice")
            self.lent.setdefault(pool, {}).setdefault(department, {}).setdefault(name, {})[code] = flag == "1"
            self.most[pool] = most
            self.valid_to[department, name] = day

    def held(self, department: str, name: str) -> dict[str, bool]:
        """Return what somebody of a department, or lent to it, may check, and whether he or she is qualified for it."""
        for lists in (self.scope, *self.lent.values()):
            if name in lists.get(department, {}):
                return lists[department][name]
        return {}

    def lends(self, pool: str, department: str, name: str) -> bool:
        """Tell whether a pool lends somebody to a department."""
        return name in self.lent.get(pool, {}).get(department, {})

    def able(self, department: str, name: str, items: set[str]) -> set[str]:
        """Return which of the items somebody may check and is qualified for."""
        held = self.held(department, name)
        return {code for code in items if held.get(code)}

    def may_come(self, department: str, name: str, items: set[str], visit: str, last: str) -> bool:
        """Tell whether the frozen lists let somebody go to a visit whose window ends on a day."""
        held = self.held(department, name)
        is_fit = not items.isdisjoint(held) and self.valid_to[department, name] >= last
        return is_fit and (name, object_of(visit)) not in self.recused


def object_of(visit: str) -> str:
    """Return the object of a visit."""
    return visit.rpartition("-")[0]


@dataclass
class Sitting:
    """What one sitting starts from."""

    base: str
    visits: dict[str, list[str]]
    """Visit -> last day, lead department, task, fixed groups, leader drawn now."""
    needs: dict[str, dict[str, set[str]]]
    """Visit -> department -> items."""
    is_open: set[tuple[str, str]]
    calls: dict[str, dict[str, list[tuple[str, ...]]]]
    """Visit -> task -> the fields it calls for; a field that two tasks need, of the first."""
    open_calls: set[tuple[str, str]]
    barred: set[tuple[str, str, str]]
    loads: dict[str, dict[str, int]]
    names: dict[str, str]
    borrowed: dict[tuple[str, str], tuple[str, int]]
    """Visit, department -> the pool that completes the team, and by how many."""


class People:
    """Who was drawn for the visits, and who came in whose place."""

    def __init__(self, folder: Folder, serial: str, seed: str, owed: set[tuple[str, str, str]]) -> None:
        self.folder, self.serial, self.seed, self.owed = folder, serial, seed, owed
        self.is_shown = folder.has("people.tsv")
        self.digests: list[str] = []
        self.changes: list[list[str]] | None = None
        self.changed = self.by_alternates = self.short = self.told_later = self.carried = 0
        self.borrowed: dict[Place, tuple[str, int]] = {}
        self.lent = self.unreplayed_caps = 0
        self.seated: dict[Place, dict[str, str]] = {}
        self.items: dict[Place, set[str]] = {}
        self.fields: dict[Place, list[tuple[str, ...]]] = {}
        self.last: dict[str, str] = {}
        self.leaders: dict[str, str] = {}
        self.touched: set[Place] = set()
        self.met: set[tuple[str, str, str]] = set()
        self.counts = {"visits": 0, "seats": 0, "swaps": 0}

    def check(self, record: dict[str, object]) -> None:
        """Replay the sitting, or the change of a place, that a record binds."""
        if record.get("kind") == "teams":
            self.check_legal()
            self.sit(record.get("digest"))
        elif record.get("kind") == "replaced":
            self.change(record.get("digest"))

    def finish(self) -> list[str]:
        """Refuse what no record binds; say what was checked."""
        self.check_legal()
        bound = {f"people/{number:03d}" for number in range(1, len(self.digests) + 1)} | {CHANGES}
        for name in self.folder.files:
            if name.startswith("people/") and name != CHANGES and name.rpartition("/")[0] not in bound:
                raise RefusedError(name, "留痕中没有记录", "is bound by no record")
        if len(self.changes or []) != self.changed and self.folder.has(CHANGES):
            raise RefusedError(CHANGES, "有多余的行", "has a line too many")
        if not self.digests:
            return []
        if not self.is_shown:
            return [
                f"人员：{len(self.digests)}次匹配只公布席位和票号，过程封存，由见证人重算 / "
                f"people: of {len(self.digests)} sittings seats by ticket are shown, the rest is sealed"
            ]
        count = self.counts
        unmet = {one for one in self.owed if one[:2] in self.staff.at_the_door} - self.met
        return [
            f"人员：{count['visits']}次入户、{count['seats']}个席位逐步重算，互换{count['swaps']}次，无法更均衡，"
            f"人人合格且不回避；派不出{self.short}处 / people: {count['seats']} seats of {count['visits']} visits "
            f"replayed step by step, {count['swaps']} swaps, no legal swap evens loads out, "
            f"everybody may go; {self.short} parts of visits cannot be fielded",
            f"事后变动{self.changed}处，其中{self.by_alternates}处由抽定的候补接替 / places changed later: "
            f"{self.changed}, of them {self.by_alternates} by the alternate drawn",
            f"抽中而不在任何入户中的上门检查{len(unmet)}项次（退出、暂缓或尚未匹配） / checks at a door that are drawn "
            f"and in no visit: {len(unmet)} (lost, deferred, or not matched yet)",
            *(self.note_on_lent()),
            f"以下只凭指纹锁定，未重算：入户的归并和时段、分组的方式、抽取后告知的回避{self.told_later}处、"
            f"以前场次带来的负担{self.carried}人 / bound, not replayed: how checks were grouped into visits and their "
            f"windows, fixed groups or not, {self.told_later} kept away by what was told after the freeze, "
            f"loads of {self.carried} people carried in",
        ]

    def note_on_lent(self) -> list[str]:
        """Say what was borrowed, and what of it was not replayed."""
        said: list[str] = []
        if self.lent:
            said.append(
                f"向片区商借{self.lent}个席位，本部门都派不出，借得最少，随机抽定 / seats lent by pools: {self.lent}, "
                "where the department could field no team, as few as can be, drawn by lot"
            )
        if self.unreplayed_caps:
            said.append(
                "片区全年出借上限是否用完未重算 / not replayed: whether a pool that was passed over had lent "
                "all the seats it lends a year"
            )
        return said

    # A sitting

    def sit(self, digest: object) -> None:
        """Replay a sitting."""
        base = f"people/{len(self.digests) + 1:03d}/"
        listed = self.manifest(base, digest)
        self.digests.append(str(digest))
        if not self.is_shown:
            check_seats(self.folder, base, self.seed, {identifier for _, _, identifier in self.owed})
            return
        for name in (*PEOPLE_FORMS, *({BORROWED} & listed.keys())):
            self.hashed(base, name, listed)
        sitting = self.read(base, has_borrowed=BORROWED in listed)
        results = self.drawn(sitting)
        for name in PEOPLE_RESULTS:
            expect_table(self.folder, base + name, results[name])
            self.hashed(base, name, listed)

    def manifest(self, base: str, digest: object) -> dict[str, str]:
        """Return what MANIFEST of a sitting lists; it must be what the trail binds."""
        if sha(self.folder.read(base + "MANIFEST")) != digest:
            raise RefusedError(base + "MANIFEST", "与留痕中的指纹不一致", "is not what the trail binds")
        rows = [line.split("  ") for line in lines_of(self.folder, base + "MANIFEST")]
        names = [row[-1] for row in rows]
        if names != sorted([*PEOPLE_FORMS, *PEOPLE_RESULTS, *({BORROWED} & set(names))]):
            raise RefusedError(base + "MANIFEST", "列出的文件不对", "does not list the files of a sitting")
        if not self.is_shown:
            self.folder.sealed.append(base + "*")
            self.hashed(base, "seats.tsv", {row[1]: row[0] for row in rows})
        return {row[1]: row[0] for row in rows}

    def hashed(self, base: str, name: str, listed: dict[str, str]) -> None:
        """Refuse a file that has not the fingerprint in MANIFEST."""
        if sha(self.folder.read(base + name)) != listed[name]:
            raise RefusedError(base + name, "与MANIFEST中的指纹不一致", "has not the fingerprint in MANIFEST")

    def read(self, base: str, *, has_borrowed: bool) -> Sitting:
        """Read what a sitting starts from; refuse visits of businesses not drawn and items not asked for."""
        rows = {name: table_of(self.folder, base + name, *forms) for name, forms in PEOPLE_FORMS.items()}
        own = {(serial, number): digest for serial, number, digest in rows["earlier.tsv"] if serial == self.serial}
        if own != {(self.serial, str(number)): digest for number, digest in enumerate(self.digests[:-1], 1)}:
            raise RefusedError(base + "earlier.tsv", "本场次以前的匹配不符", "names other sittings of this round")
        staff = self.staff
        names = {row[0]: row[1] for row in rows["departments.tsv"]}
        visits = {row[0]: row[1:] for row in rows["visits.tsv"]}
        needs: dict[str, dict[str, set[str]]] = {}
        for number, (visit, department, _, task, item, code) in enumerate(rows["duties.tsv"], 1):
            is_known = visit in visits and department in names and (code, department) in staff.asked
            if not is_known or (task, item, object_of(visit)) not in self.owed:
                raise RefusedError(base + "duties.tsv", f"第{number}行未抽中或未冻结", f"line {number}: not drawn")
            needs.setdefault(visit, {}).setdefault(department, set()).add(code)
            self.met.add((task, item, object_of(visit)))
        calls: dict[str, dict[str, list[tuple[str, ...]]]] = {}
        for number, (visit, _, task, code) in enumerate(rows["calls.tsv"], 1):
            if visit not in visits or code not in staff.needs_expert:
                raise RefusedError(base + "calls.tsv", f"第{number}行没有要求专家", f"line {number}: no expert asked")
            fields = tuple(sorted(staff.fields.get((code, object_of(visit)), [])))
            calls.setdefault(visit, {}).setdefault(task, []).append(fields)
        borrowed = table_of(self.folder, base + BORROWED, VISIT, CODE, TEXT, NUMBER) if has_borrowed else []
        loads: dict[str, dict[str, int]] = {"teams": {}, "leaders": {}, "experts": {}}
        for kind, name, load in rows["carried.tsv"]:
            loads[kind][name] = int(load)
        self.carried = len({row[1] for row in rows["carried.tsv"]})
        self.told_later += len(rows["barred.tsv"])
        return Sitting(
            base=base,
            visits=visits,
            needs=needs,
            is_open={(row[0], row[1]) for row in rows["duties.tsv"] if row[2] == "1"},
            calls={visit: once(by_task) for visit, by_task in calls.items()},
            open_calls={(row[0], row[2]) for row in rows["calls.tsv"] if row[1] == "1"},
            barred={(row[0], row[1], row[2]) for row in rows["barred.tsv"]},
            loads=loads,
            names=names,
            borrowed={(row[0], row[1]): (row[2], int(row[3])) for row in borrowed},
        )

    @cached_property
    def staff(self) -> Staff:
        """The frozen lists, read once."""
        return Staff(self.folder)

    def drawn(self, sitting: Sitting) -> dict[str, list[tuple[str, ...]]]:
        """Draw teams, leaders and experts again; return the rows of every result."""
        found: dict[str, list[tuple[str, ...]]] = {name: [] for name in PEOPLE_RESULTS}
        fresh: dict[Place, dict[str, str]] = {}
        for visit, (last, *_) in sitting.visits.items():
            self.last[visit] = last
        self.draw_teams(sitting, found, fresh)
        self.seated.update(fresh)
        self.check_caps(sitting)
        self.draw_leaders(sitting, found)
        experts: dict[Place, dict[str, str]] = {}
        self.draw_experts(sitting, found, experts)
        self.seated.update(experts)
        self.show_seats(found, {**fresh, **experts})
        self.counts["visits"] += len({visit for _, visit, _ in {**fresh, **experts}})
        self.counts["seats"] += sum(len(seats) for seats in (*fresh.values(), *experts.values()))
        self.counts["swaps"] += len(found["swaps.tsv"])
        return found

    def tell(self, found: dict[str, list[tuple[str, ...]]], name: str, stage: str, lot: Lot, file: str) -> None:
        """Certify a drawing and add its steps and swaps."""
        lot.certify(file)
        for number, (visit, slot, candidates, load, one) in enumerate(lot.steps, 1):
            numbers = (str(slot), str(candidates), str(load))
            found["steps.tsv"].append((name, stage, str(number), visit, *numbers, one, lot.ticket(visit, one)))
        for number, chain in enumerate(lot.chains, 1):
            for place, swap in enumerate(chain, 1):
                found["swaps.tsv"].append((name, stage, str(number), str(place), *swap))

    def lent_to(self, sitting: Sitting, visit: str, department: str, pool: str) -> dict[str, set[str]]:
        """Return who of a pool may come to a department's part of a visit, and what each can check there."""
        items, last = sitting.needs[visit][department], sitting.visits[visit][0]
        return {
            one: self.staff.able(department, one, items)
            for one in self.staff.lent.get(pool, {}).get(department, {})
            if not sitting.barred & {(visit, NOBODY, one), (visit, department, one)}
            and self.staff.may_come(department, one, items, visit, last)
        }

    def borrow(self, sitting: Sitting, visit: str, department: str, own: dict[str, set[str]]) -> list[set[str]]:
        """Return the seats of a team that a pool completes, nothing where none does.

        It must be the pool that lends fewest, of equals the first; one may be passed over only if it lends no
        more than so many seats a year.
        """
        items, count = sitting.needs[visit][department], self.staff.seat_count[department]
        told = sitting.borrowed.get((visit, department))
        lent = {pool: self.lent_to(sitting, visit, department, pool) for pool in self.staff.lent}
        offers = [(self.fewest(own, people, items, count), pool) for pool, people in lent.items()]
        for least, pool in sorted((offer for offer in offers if offer[0]), key=lambda offer: offer[0]):
            if told == (pool, least):
                return mixed_seats(own, lent[pool], items, count, least)
            if self.staff.most[pool] == NOBODY:
                told = (pool, least)
                break
            self.unreplayed_caps += 1
        if told:
            raise RefusedError(
                sitting.base + BORROWED, f"{visit}应向别的片区商借", f"{visit}: another pool, or another number, is due"
            )
        return []

    def check_caps(self, sitting: Sitting) -> None:
        """Refuse more seats than a pool lends a year, as far as this round tells."""
        for pool, most in self.staff.most.items():
            lent = sum(count for place, (one, count) in self.borrowed.items() if one == pool and self.seated.get(place))
            if most != NOBODY and lent > int(most):
                raise RefusedError(sitting.base + BORROWED, f"{pool}借出过多", f"{pool} lends too many seats")

    @staticmethod
    def fewest(own: dict[str, set[str]], lent: dict[str, set[str]], items: set[str], count: int) -> int:
        """Return the least number of a pool's people who complete a team."""
        return next((one for one in range(1, count) if mixed_seats(own, lent, items, count, one)), 0)

    def eligible(self, sitting: Sitting, visit: str) -> dict[str, dict[str, set[str]]]:
        """Return who of each department may come to a visit, and what each can check there."""
        staff, needs, last = self.staff, sitting.needs[visit], sitting.visits[visit][0]
        people = {
            department: [
                one
                for one in staff.scope.get(department, {})
                if (visit, NOBODY, one) not in sitting.barred and staff.may_come(department, one, items, visit, last)
            ]
            for department, items in needs.items()
        }
        counted: set[str] = set()
        for department in sorted(people, key=lambda one: (len(people[one]), sitting.names[one])):
            people[department] = [one for one in people[department] if one not in counted]
            counted.update(people[department])
        return {
            department: {
                one: staff.able(department, one, needs[department])
                for one in those
                if (visit, department, one) not in sitting.barred
            }
            for department, those in people.items()
        }

    def draw_teams(
        self,
        sitting: Sitting,
        found: dict[str, list[tuple[str, ...]]],
        fresh: dict[Place, dict[str, str]],
    ) -> None:
        """Draw the team of every department that has none."""
        able = {visit: self.eligible(sitting, visit) for visit in {visit for visit, _ in sitting.is_open}}
        demands: dict[tuple[str, str], Demands] = {}
        for visit, department in sitting.is_open:
            self.items["teams", visit, department] = sitting.needs[visit][department]
            own = able[visit][department]
            wanted = seats_of(own, sitting.needs[visit][department], self.staff.seat_count[department])
            pool = ""
            self.borrowed.pop(("teams", visit, department), None)
            if not wanted:
                wanted = self.borrow(sitting, visit, department, own)
            elif (visit, department) in sitting.borrowed:
                raise RefusedError(sitting.base + BORROWED, f"{visit}无须商借", f"{visit} needs nobody lent")
            if wanted and (visit, department) in sitting.borrowed:
                pool, count = self.borrowed["teams", visit, department] = sitting.borrowed[visit, department]
                able[visit][department] = {**own, **self.lent_to(sitting, visit, department, pool)}
                self.lent += count
            if wanted:
                demands.setdefault((department, pool), {})[visit] = wanted
            else:
                self.short += 1
        if not sitting.borrowed.keys() <= {(visit, unit) for _, visit, unit in self.borrowed}:
            raise RefusedError(sitting.base + BORROWED, "有多余的行", "has a line too many")
        loads = sitting.loads["teams"]
        for department, pool in sorted(demands, key=lambda one: (sitting.names[one[0]], one[1] == "", one[1])):
            wanted_there = demands[department, pool]
            name = f"teams/{pool or self.serial[:6]}/{department}"
            key = key_of(self.seed, name)
            here = {visit: able[visit][department] for visit in wanted_there}
            teams = {} if pool else self.draw_groups(sitting, department, here, loads, found)
            apart = {visit: seats for visit, seats in wanted_there.items() if visit not in teams}
            lot = Lot.drawn(key, apart, loads)
            self.tell(found, name, "people", lot, sitting.base + "seated.tsv")
            loads.update(lot.loads)
            after = Lot(key, loads, {}, {}, [], [])
            for visit, (number, team) in {**{v: (NOBODY, t) for v, t in lot.teams.items()}, **teams}.items():
                place = ("teams", visit, department)
                covers = self.team_rule(here[visit], sitting.needs[visit][department], is_group=number != NOBODY)
                legal = self.lent_rule(place, covers)
                fresh[place] = alternates_of(after, visit, team, set(here[visit]), legal)
                for one, alternate in fresh[place].items():
                    found["seated.tsv"].append((*place, one, number, alternate))

    def lent_count(self, place: Place, team: Iterable[str]) -> int:
        """Return how many of a team are lent by the pool that completes it."""
        pool = self.borrowed.get(place, ("", 0))[0]
        return sum(self.staff.lends(pool, place[2], one) for one in team)

    def lent_rule(self, place: Place, covers: Callable[[list[str]], bool]) -> Callable[[list[str]], bool]:
        """Return whether a team can check everything with exactly as many of the pool's people as were borrowed."""
        lent = self.borrowed.get(place, ("", 0))[1]
        return lambda team: self.lent_count(place, team) == lent and covers(team)

    @staticmethod
    def team_rule(able: dict[str, set[str]], items: set[str], *, is_group: bool) -> Callable[[list[str]], bool]:
        """Return whether a team can check everything: of people drawn one by one somebody alone where anybody can."""
        wants_whole = not is_group and any(held == items for held in able.values())

        def is_legal(team: list[str]) -> bool:
            parts = [able[one] for one in team]
            return any(part == items for part in parts) if wants_whole else set[str]().union(*parts) == items

        return is_legal

    def draw_groups(
        self,
        sitting: Sitting,
        department: str,
        able: dict[str, dict[str, set[str]]],
        loads: dict[str, int],
        found: dict[str, list[tuple[str, ...]]],
    ) -> dict[str, tuple[str, list[str]]]:
        """Deal fixed groups and draw them where a whole one may go; return visit -> group and people."""
        asked = [visit for visit in able if sitting.visits[visit][3] == "1"]
        if not asked:
            return {}
        name = f"teams/{self.serial[:6]}/{department}"
        groups = self.deal(department)
        for number, group in groups.items():
            found["groups.tsv"] += [(name, number, one) for one in group]
        fit: dict[str, dict[str, list[str]]] = {}
        for visit in asked:
            items = sitting.needs[visit][department]
            for number, group in groups.items():
                held = [able[visit].get(one) for one in group]
                if None not in held and set[str]().union(*(one for one in held if one)) == items:
                    fit.setdefault(visit, {})[f"group-{int(number):02d}"] = group
        members = {label: group for those in fit.values() for label, group in those.items()}
        start = {label: max(loads.get(one, 0) for one in group) for label, group in members.items()}
        lot = Lot.drawn(key_of(self.seed, name), {visit: [set(those)] for visit, those in fit.items()}, start)
        self.tell(found, name, "groups", lot, sitting.base + "seated.tsv")
        drawn: dict[str, tuple[str, list[str]]] = {}
        for visit, (label,) in lot.teams.items():
            drawn[visit] = (str(int(label[6:])), members[label])
            for one in members[label]:
                loads[one] = loads.get(one, 0) + 1
        return drawn

    def deal(self, department: str) -> dict[str, list[str]]:
        """Deal a department's people into groups: the first by lot takes who shares most items with the group."""
        key, scope = key_of(self.seed, f"groups/{self.serial[:6]}"), self.staff.scope[department]
        size = self.staff.seat_count[department]
        waiting = sorted(scope, key=lambda one: sha(f"{key}|{department}|{one}"))
        groups: dict[str, list[str]] = {}
        while len(waiting) >= size:
            group = [waiting.pop(0)]
            while len(group) < size:
                common = set(scope[group[0]]).intersection(*(scope[one] for one in group))
                best = max(len(common & set(scope[one])) for one in waiting)
                group.append(next(one for one in waiting if len(common & set(scope[one])) == best))
                waiting.remove(group[-1])
            groups[str(len(groups) + 1)] = group
        return groups

    def draw_leaders(self, sitting: Sitting, found: dict[str, list[tuple[str, ...]]]) -> None:
        """Draw a leader from the lead department's people for every visit that has none."""
        by_task: dict[str, Demands] = {}
        for visit, (_, lead, task, _, is_led_now) in sitting.visits.items():
            place = ("teams", visit, lead)
            pool = self.borrowed.get(place, ("", 0))[0]
            people = {one for one in self.seated.get(place, {}) if not self.staff.lends(pool, lead, one)}
            is_wanted = bool(people) and visit not in self.leaders and task != NOBODY
            if is_wanted != (is_led_now == "1"):
                raise RefusedError(
                    sitting.base + "visits.tsv", f"{visit}应有且只有一名组长", f"{visit} must have one leader"
                )
            if is_wanted:
                by_task.setdefault(task, {})[visit] = [people]
        loads = sitting.loads["leaders"]
        for task, demands in sorted(by_task.items()):
            lot = Lot.drawn(key_of(self.seed, f"leaders/{task}"), demands, loads)
            self.tell(found, f"leaders/{task}", "people", lot, sitting.base + "leaders.tsv")
            loads = lot.loads
            for visit, (one,) in lot.teams.items():
                self.leaders[visit] = one
                found["leaders.tsv"].append((visit, one))

    def draw_experts(
        self,
        sitting: Sitting,
        found: dict[str, list[tuple[str, ...]]],
        fresh: dict[Place, dict[str, str]],
    ) -> None:
        """Draw experts for every call that has none."""
        by_task: dict[str, Demands] = {}
        suited: dict[str, dict[str, set[str]]] = {}
        for visit, task in sitting.open_calls:
            fields = sitting.calls[visit].get(task, [])
            if not fields:
                continue
            self.fields["experts", visit, task] = fields
            wanted = set[str]().union(*fields)
            here = suited[visit] = {
                one: held & wanted
                for one, held in self.staff.experts.items()
                if held & wanted
                and (one, object_of(visit)) not in self.staff.recused
                and (visit, NOBODY, one) not in sitting.barred
            }
            who = {frozenset(one for one in here if here[one] & set(field)) for field in fields}
            seats = [set(one) for one in who if not any(other < one for other in who)]
            seats.sort(key=lambda seat: (len(seat), sorted(seat)))
            if fillable(seats, set()):
                by_task.setdefault(task, {})[visit] = seats
                suited[visit + task] = here
            else:
                self.short += 1
        loads = sitting.loads["experts"]
        for task, demands in sorted(by_task.items()):
            lot = Lot.drawn(key_of(self.seed, f"experts/{task}"), demands, loads)
            self.tell(found, f"experts/{task}", "people", lot, sitting.base + "seated.tsv")
            loads = lot.loads
            for visit, team in lot.teams.items():
                place = ("experts", visit, task)
                here, fields = suited[visit + task], self.fields[place]
                legal = expert_rule(here, fields)
                fresh[place] = alternates_of(lot, visit, team, set(here), legal)
                for one, alternate in fresh[place].items():
                    found["seated.tsv"].append((*place, one, NOBODY, alternate))

    def show_seats(self, found: dict[str, list[tuple[str, ...]]], fresh: dict[Place, dict[str, str]]) -> None:
        """Add the seats as the public sees them."""
        by_lot: dict[str, dict[str, Place]] = {}
        for place in fresh:
            kind, visit, unit = place
            pool = self.borrowed.get(place, ("", 0))[0] or self.serial[:6]
            name = f"teams/{pool}/{unit}" if kind == "teams" else f"experts/{unit}"
            by_lot.setdefault(name, {})[visit] = place
        new_leaders = set(found["leaders.tsv"])
        for name, places in by_lot.items():
            lot = Lot(key_of(self.seed, name), {}, {visit: [] for visit in places}, {}, [], [])
            for order, visit in enumerate(lot.order(), 1):
                for one, alternate in fresh[places[visit]].items():
                    is_leader = name.startswith("teams/") and (visit, one) in new_leaders
                    waits = NOBODY if alternate == NOBODY else lot.ticket(visit, alternate)
                    flag = "1" if is_leader else "0"
                    found["seats.tsv"].append((name, visit, str(order), lot.ticket(visit, one), flag, waits))

    # Changes

    def change(self, digest: object) -> None:
        """Check the change of one place: who comes may go, and the line is the one the trail binds."""
        self.changed += 1
        if not self.is_shown:
            return
        if self.changes is None:
            forms = (NUMBER, "teams|experts", VISIT, CODE, f"{HEX}|-", f"{HEX}|-", f"{HEX}|-", "[0-9a-f]{32}")
            self.changes = fields_of(self.folder, CHANGES, *forms)
        number = self.changed
        if number > len(self.changes):
            raise RefusedError(CHANGES, "缺少行", "a line is missing")
        row = self.changes[number - 1]
        place, name, now, alternate = (row[1], row[2], row[3]), row[4], row[5], row[6]
        seats = self.seated.get(place, {})
        is_placed = name in seats or (name == NOBODY != now and place in self.seated)
        is_sound = row[0] == str(number) and sha("\t".join(row) + "\n") == digest and is_placed
        if not is_sound or not all(self.may_sit(place, one) for one in {now, alternate} - {NOBODY, name}):
            raise RefusedError(CHANGES, f"第{number}行与留痕或冻结名单不符", f"line {number} does not hold")
        self.by_alternates += now not in (name, NOBODY) and seats.pop(name, NOBODY) == now
        seats.pop(name, None)
        if now in seats or (now == NOBODY and alternate != NOBODY):
            raise RefusedError(CHANGES, f"第{number}行：人员重复", f"line {number}: somebody sits twice")
        if now != NOBODY:
            seats[now] = alternate
        if now != name and place[0] == "teams" and self.leaders.get(place[1]) == name:
            del self.leaders[place[1]]
        self.touched.add(place)

    def may_sit(self, place: Place, name: str) -> bool:
        """Tell whether the frozen lists let somebody sit in a place."""
        kind, visit, unit = place
        if kind == "teams":
            return self.staff.may_come(unit, name, self.items[place], visit, self.last[visit])
        fields = set[str]().union(*self.fields[place])
        return (
            not fields.isdisjoint(self.staff.experts.get(name, set()))
            and (name, object_of(visit)) not in self.staff.recused
        )

    def check_legal(self) -> None:
        """Refuse a changed place that is neither empty nor whole."""
        for place in sorted(self.touched):
            kind, visit, unit = place
            team = list(self.seated[place])
            if not team:
                continue
            if kind == "teams":
                able = {one: self.staff.able(unit, one, self.items[place]) for one in team}
                is_whole = len(team) == self.staff.seat_count[unit]
                is_whole = is_whole and set[str]().union(*able.values()) == self.items[place]
                lent = sum(one not in self.staff.scope.get(unit, {}) for one in team)
                is_whole = is_whole and lent == self.lent_count(place, team) == self.borrowed.get(place, ("", 0))[1]
                elsewhere = [seats for other, seats in self.seated.items() if other[:2] == place[:2] and other != place]
                is_whole = is_whole and not any(one in seats for seats in elsewhere for one in team)
            else:
                is_whole = expert_rule({one: self.staff.experts[one] for one in team}, self.fields[place])(team)
            if not is_whole:
                raise RefusedError(CHANGES, f"{visit}的人员不能组成检查组", f"the team of {visit} may not sit")
        self.touched.clear()


def once(by_task: dict[str, list[tuple[str, ...]]]) -> dict[str, list[tuple[str, ...]]]:
    """Return what each task calls for: fields that an earlier task of the visit calls for are not called for again."""
    called: set[tuple[str, ...]] = set()
    own: dict[str, list[tuple[str, ...]]] = {}
    for task in sorted(by_task):
        fresh = sorted(set(by_task[task]) - called)
        called.update(fresh)
        if fresh:
            own[task] = fresh
    return own


def expert_rule(held: dict[str, set[str]], fields: list[tuple[str, ...]]) -> Callable[[list[str]], bool]:
    """Return whether experts have somebody of every field."""
    return lambda team: all(any(held[one] & set(field) for one in team) for field in fields)


def alternates_of(
    lot: Lot, visit: str, team: list[str], candidates: set[str], is_legal: Callable[[list[str]], bool]
) -> dict[str, str]:
    """Return everybody's alternate: the first in turn who may take the place, `-` where nobody may."""
    turns = list(lot.turns(visit, candidates - set(team)))
    return {
        member: next((one for one in turns if is_legal([one if other == member else other for other in team])), NOBODY)
        for member in team
    }


def check_seats(folder: Folder, base: str, seed: str, identifiers: set[str] | None) -> None:
    """Check the public seats of a sitting: visits of those drawn, in the order of each lot."""
    name = base + "seats.tsv"
    rows = table_of(folder, name, *SEATS)
    visits: dict[str, set[str]] = {}
    for lot, visit, *_ in rows:
        visits.setdefault(lot, set()).add(visit)
    order = {
        lot: Lot(key_of(seed, lot), {}, {v: [] for v in those}, {}, [], []).order() for lot, those in visits.items()
    }
    places = {(lot, visit): str(place) for lot, those in order.items() for place, visit in enumerate(those, 1)}
    for number, (lot, visit, place, *_) in enumerate(rows, 1):
        is_drawn = identifiers is None or object_of(visit) in identifiers
        if not is_drawn or places[lot, visit] != place:
            raise RefusedError(name, f"第{number}行次序不对或未抽中", f"line {number}: out of turn, or not drawn")


def check_public_people(folder: Folder, seed: str, lines: list[TrailLine]) -> list[str]:
    """Check what the public has of who was drawn: each sitting's seats, bound by a line of the trail."""
    chained = {line.payload for line in lines if line.event == "plan"}
    listed = {row[2] for row in fields_of(folder, "listed.tsv", CODE, CODE, ID)} if folder.has("listed.tsv") else None
    number = 0
    while folder.has(f"people/{number + 1:03d}/MANIFEST"):
        number += 1
        base = f"people/{number:03d}/"
        manifest = folder.read(base + "MANIFEST")
        if sha(f'{{"digest": "{sha(manifest)}", "kind": "teams"}}\n') not in chained:
            raise RefusedError(base + "MANIFEST", "不在留痕中", "is not in the trail")
        if f"{sha(folder.read(base + 'seats.tsv'))}  seats.tsv" not in lines_of(folder, base + "MANIFEST"):
            raise RefusedError(base + "seats.tsv", "与MANIFEST中的指纹不一致", "has not the fingerprint in MANIFEST")
        check_seats(folder, base, seed, listed)
    return (
        [f"人员：{number}次匹配的席位由留痕锁定 / people: seats of {number} sittings, bound by the trail"]
        if number
        else []
    )


# The whole folder


@dataclass
class Attempt:
    """The attempt the folder is about."""

    serial: str
    c: str
    frozen: Frozen
    lines: list[TrailLine]


def verify(folder: Folder, head: str = "") -> list[str]:
    """Check everything the folder allows; return what was found, raise at the first thing that does not hold."""
    notes = verify_evidence(folder) if folder.has("MANIFEST") else verify_public(folder)
    if folder.has("TRAIL"):
        found = head_of(folder)
        if folder.has("HEAD"):
            folder.expect("HEAD", f"{found}\n".encode())
        later = lines_since(folder, head) if head else 0
        if later:
            notes.append(f"笔录签字以后又续记{later}行 / lines written since the minutes were signed: {later}")
        if (later or not head) and not folder.has("HEAD"):
            folder.is_bound_in_part("TRAIL", "最后一行由签字笔录上的链首锁定 / its last line is bound by the minutes")
        notes.append(f"留痕链首（请与签字笔录核对） / head of the trail, compare with the signed minutes: {found}")
    return notes


def verify_evidence(folder: Folder) -> list[str]:
    """Replay a full evidence folder."""
    serial = one_line(folder, "DRAW", SERIAL)
    c = check_manifest(folder)
    if folder.has("COMMITMENT"):
        folder.expect("COMMITMENT", f"{c}\n".encode())
    frozen = read_frozen(folder)
    if folder.sealed and frozen.settings["disclosure"] != "open":
        raise RefusedError(folder.sealed[0], "缺少文件", "the file is missing")
    leaves = [(i + "\t" + sha(letter + "\t" + mark)).encode() for i, (letter, mark) in frozen.objects.items()]
    attempts = read_trail(folder)
    if len(attempts) != int(serial.rsplit("-", 1)[1]):
        raise RefusedError("TRAIL", "次数与场次编号不符", "the number of attempts is not that of DRAW")
    records = Records(folder)
    check_void_attempts(folder, attempts[:-1], serial, records)
    is_void = any(line.event == "void" for line in attempts[-1])
    if not is_void or folder.has("ROOT"):
        folder.expect("ROOT", f"{merkle_root(leaves).hex()}\n".encode())
    attempt = Attempt(serial, c, frozen, attempts[-1])
    notes = check_void(folder, attempt, records) if is_void else check_drawn(folder, attempt, records)
    return [f"{serial}  C = {c}", *notes, *records.notes()]


def check_void(folder: Folder, attempt: Attempt, records: Records) -> list[str]:
    """Check an attempt that was given up before anything was drawn."""
    frozen = attempt.frozen
    reveals: list[str] = []
    if folder.has("COMMITS"):
        commits = check_commits(folder, "", frozen.witnesses, is_whole=folder.has("REVEALS"))
        if folder.has("REVEALS"):
            check_reveals(folder, "", attempt.serial, attempt.c, commits)
            reveals = [line.split("=", 1)[0] for line in lines_of(folder, "REVEALS")]
    if not any(who in frozen.witnesses for who in reveals):
        folder.is_bound_in_part("DRAW", "没有揭示，编号未被锁定 / without a reveal nothing binds the serial")
    unknown = [who for who in reveals if who not in frozen.witnesses and who not in frozen.sources]
    if unknown:
        raise RefusedError("REVEALS", f"多出的揭示：{unknown}", f"surplus reveal: {unknown}")
    payload, _ = records.take()
    match_events(attempt.lines, [*opening(folder, ""), ("void", payload)])
    check_moments(attempt.lines, reveals, frozen.sources)
    for name in ("drawn.tsv", "batches.tsv", "substitutes.tsv", "CODES"):
        if folder.has(name):
            raise RefusedError(name, "作废的抽取不应有此文件", "a void attempt has no such file")
    return ["本次抽取作废，没有抽出任何对象 / this attempt is void, nobody was drawn"]


def check_drawn(folder: Folder, attempt: Attempt, records: Records) -> list[str]:
    """Replay an attempt that was carried through."""
    serial, c, frozen, lines = attempt.serial, attempt.c, attempt.frozen, attempt.lines
    commits = check_commits(folder, "", frozen.witnesses, is_whole=True)
    parties = [*frozen.witnesses, *frozen.sources]
    check_reveals(folder, "", serial, c, commits, names=parties)
    seed = seed_of(folder, serial, c)
    folder.expect("SEED", f"{seed}\n".encode())
    drawn = replay_drawn(frozen, seed)
    folder.expect("drawn.tsv", tsv(drawn))
    batches = replay_batches(frozen, seed, drawn)
    folder.expect("batches.tsv", tsv(batches))
    codes = check_codes(folder, frozen.chains, int(frozen.settings["substitutes"]))
    taken = replay_substitutes(frozen, seed, drawn, codes)
    if taken or folder.has("substitutes.tsv"):
        folder.expect("substitutes.tsv", tsv(taken))
    expected = [*opening(folder, ""), ("drawn", folder.read("drawn.tsv")), ("batches", folder.read("batches.tsv"))]
    match_events(lines[: len(expected)], expected)
    check_moments(lines, parties, frozen.sources)
    replays = Replays(folder, serial, c, list_of(drawn), frozen.witnesses)
    owed = {(row[0], row[1], row[3]) for row in drawn} | {(row[1], row[2], row[4]) for row in taken}
    people = People(folder, serial, seed, owed)
    check_closing(folder, lines[len(expected) :], codes, records, (replays, people))
    folder.digest = replays.digest
    objects, firms, checks = len(frozen.objects), len({row[3] for row in drawn}), len(drawn)
    return [
        f"名录{objects}户，抽中{firms}户{checks}项次，递补{len(codes)}次 / "
        f"{objects} objects, {firms} drawn for {checks} checks, {len(codes)} substitutions",
        f"复算摘要 / replay digest: {replays.digest}",
        *(replays.notes() if replays.named else []),
        *([] if records.is_absent else people.finish()),
    ]


def seed_of(folder: Folder, serial: str, c: str) -> str:
    """Return S from what was revealed."""
    return sha(f"ov1/seed\n{c}\n{serial}\n".encode() + folder.read("REVEALS"))


def tsv(rows: Iterable[tuple[str, ...]]) -> bytes:
    """Return rows as a file sorted by bytes."""
    return b"".join(sorted("\t".join(row).encode() + b"\n" for row in rows))


def verify_public(folder: Folder) -> list[str]:
    """Check what the public has of a round whose lists are sealed: the commitments, then seed, trail and codes."""
    serial = one_line(folder, "DRAW", SERIAL)
    c = one_line(folder, "COMMITMENT", HEX)
    one_line(folder, "ROOT", HEX)
    rows = table_of(folder, "COMMITS", NAME, HEX)
    commits = {row[0]: row[1] for row in rows}
    chains = {row[0]: row[1] for row in table_of(folder, "chains.tsv", NAME, HEX)}
    if not set(chains) <= set(commits):
        raise RefusedError("chains.tsv", "持链人不是见证人", "a holder is not a witness")
    sealed = "名录、计划与抽中清单封存，由见证人核对 / lists are sealed and replayed by the witnesses"
    if not folder.has("TRAIL"):
        for name in sorted(folder.compared):
            folder.is_bound_in_part(name, "只核对了格式 / only its form")
        return [f"{serial}  C = {c}", "时间锁未到，只有承诺可核 / locked: only the commitments can be checked", sealed]
    reveals = [line.split("=", 1)[0] for line in lines_of(folder, "REVEALS")] if folder.has("REVEALS") else []
    lines = read_trail(folder)[-1]
    if folder.has("REVEALS"):
        check_reveals(folder, "", serial, c, commits)
    expected: Expected = [("freeze", None), ("root", folder.read("ROOT"))]
    expected += each(folder, "commit", "COMMITS") + each(folder, "reveal", "REVEALS")
    if folder.has("SEED"):
        if reveals[: len(commits)] != list(commits) or len(reveals) == len(commits):
            raise RefusedError("REVEALS", "揭示缺少、多出或次序不对", "a reveal is missing, surplus or out of order")
        folder.expect("SEED", f"{seed_of(folder, serial, c)}\n".encode())
        expected.append(("seed", folder.read("SEED")))
    match_events(lines[: len(expected)], expected)
    if lines[0].payload != c:
        raise RefusedError("TRAIL", "冻结指纹与C不符", "the payload of freeze is not C")
    codes = check_codes(folder, chains, None)
    say_what_is_sealed(folder, has_codes=bool(codes), has_reveals=any(who in commits for who in reveals))
    check_public_closing([line.event for line in lines[len(expected) :]], len(codes))
    said = [check_public_replays(folder, serial, c, commits, lines)] if folder.has("REPLAYS") else []
    if folder.has("SEED"):
        said += check_public_people(folder, one_line(folder, "SEED", HEX), lines)
    return [f"{serial}  C = {c}", sealed, *said]


def say_what_is_sealed(folder: Folder, *, has_codes: bool, has_reveals: bool) -> None:
    """Name the public files of which something is bound only by what is sealed."""
    if not has_codes:
        folder.is_bound_in_part(
            "chains.tsv", "由封存的清单和日后的揭示码锁定 / bound by what is sealed, and by codes to come"
        )
    elif folder.has("CODES"):
        folder.is_bound_in_part(
            "CODES",
            "码在链上；退出对象由封存的递补清单锁定 / codes are of the chains; the lost ids are sealed",
        )
    if not has_reveals:
        folder.is_bound_in_part("DRAW", "没有揭示，编号未被锁定 / without a reveal nothing binds the serial")


def check_public_closing(events: list[str], code_count: int) -> None:
    """Check the events whose payloads are sealed, by name and number."""
    is_closed = events == ["void"] or (
        events[:2] == ["drawn", "batches"] and all(event in LATER_EVENTS for event in events[2:])
    )
    if not is_closed or events.count("substitute") != code_count:
        raise RefusedError("TRAIL", f"事件次序不对：{events}", f"unexpected events {events}")


def read_folder(path: Path) -> Folder:
    """Read every file of a folder, names relative to it."""
    paths = sorted(p for p in path.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    return Folder({p.relative_to(path).as_posix(): p.read_bytes() for p in paths})


# Membership


def check_proof(data: bytes, root: str, identifier: str) -> bool:
    """Tell whether a business is in the list with that root; refuse a proof that proves neither.

    A proof is one line of JSON: the id asked about, and for each leaf shown (the id's own, or those of
    its neighbours) its id, the seal over class and mark, and its siblings from the leaf up, each with
    its side L or R. The sides alone say where a leaf stands.
    """
    proof = read_proof(data)
    leaves, asked = proof["leaves"], proof["id"]
    if asked != identifier:
        raise RefusedError("PROOF", f"证明的是{asked}，不是{identifier}", f"is about {asked}, not {identifier}")
    if any(root_of(leaf) != root for leaf in leaves):
        raise RefusedError("PROOF", "不能推出公布的名录根", "does not lead to the published root")
    if [leaf["id"] for leaf in leaves] == [asked]:
        return True
    if not (are_neighbours(leaves, asked) if leaves else root == sha(b"")):
        raise RefusedError("PROOF", "出示的不是相邻的两户", "the leaves shown are not its neighbours")
    return False


def read_proof(data: bytes) -> dict[str, Any]:
    """Return a proof whose form is right to the byte."""
    try:
        proof: Any = json.loads(data)
        leaves = [{"id": leaf["id"], "path": list(leaf["path"]), "seal": leaf["seal"]} for leaf in proof["leaves"]]
        clean: dict[str, Any] = {"algorithm": "ov1", "id": proof["id"], "leaves": leaves}
        fields = [(ID, clean["id"])] + [(ID, leaf["id"]) for leaf in leaves] + [(HEX, leaf["seal"]) for leaf in leaves]
        fields += [(f"[LR]{HEX}", step) for leaf in leaves for step in leaf["path"]]
        is_sound = all(re.fullmatch(form, text) for form, text in fields)
        is_sound = is_sound and data == (json.dumps(clean, sort_keys=True, separators=(",", ":")) + "\n").encode()
    except (ValueError, KeyError, TypeError, RecursionError):
        is_sound, clean = False, {}
    if not is_sound:
        raise RefusedError("PROOF", "不是一份格式正确的证明", "is not a proof in the right form")
    return clean


def root_of(leaf: dict[str, Any]) -> str:
    """Return the root a leaf and its path lead to."""
    node = hashlib.sha256(b"\0" + f"{leaf['id']}\t{leaf['seal']}".encode()).digest()
    for step in leaf["path"]:
        sibling = bytes.fromhex(step[1:])
        node = hashlib.sha256(b"\1" + (sibling + node if step[0] == "L" else node + sibling)).digest()
    return node.hex()


def are_neighbours(leaves: list[dict[str, Any]], asked: str) -> bool:
    """Tell whether the leaves stand beside each other, or at an end, with the id asked about between or beyond."""
    sides = ["".join(step[0] for step in leaf["path"]) for leaf in leaves]
    if len(leaves) == 1:
        is_first = asked < leaves[0]["id"] and "L" not in sides[0]
        is_last = leaves[0]["id"] < asked and "R" not in sides[0]
        return is_first or is_last
    if len(leaves) != 2 or not leaves[0]["id"] < asked < leaves[1]["id"]:
        return False
    left, right = (list(leaf["path"]) for leaf in leaves)
    while left and right and left[-1] == right[-1]:
        left.pop()
        right.pop()
    # Below where the ways part, one keeps to the right edge and the other to the left.
    one, other = ("".join(step[0] for step in path) for path in (left, right))
    return bool(re.fullmatch("L*R", one) and re.fullmatch("R*L", other))


def main(argv: list[str]) -> int:
    """Verify the folder or the proof named on the command line; return the exit code."""
    try:
        if len(argv) == 3 and Path(argv[0]).is_file():
            return main_proof(*argv)
        if len(argv) in (1, 2) and Path(argv[0]).is_dir():
            return main_folder(*argv)
    except RefusedError as refused:
        sys.stdout.write(f"核对不通过 / does not hold: {refused}\n")
        return 1
    sys.stderr.write("用法 / usage: python verify.py DIR [HEAD], python verify.py PROOF.json ROOT ID\n")
    return 2


def main_proof(proof: str, root: str, identifier: str) -> int:
    """Check a proof against the published root."""
    given = Path(root).read_bytes() if Path(root).is_file() else f"{root}\n".encode()
    folder = Folder({"ROOT": given})
    is_listed = check_proof(Path(proof).read_bytes(), one_line(folder, "ROOT", HEX), identifier)
    found = f"{identifier}在冻结的名录中 / is in" if is_listed else f"{identifier}不在冻结的名录中 / is not in"
    sys.stdout.write(f"{found} the frozen list\n已核对 / checked: {Path(proof).name}\n核对通过 / everything holds\n")
    return 0


def main_folder(path: str, head: str = "") -> int:
    """Replay a folder."""
    folder = read_folder(Path(path))
    notes = verify(folder, head)
    notes.append(f"已核对 / checked: {', '.join(sorted(folder.compared))}")
    notes += [f"核对了一部分 / checked in part: {name}：{reason}" for name, reason in sorted(folder.partly.items())]
    if not folder.has_frozen_people:
        notes.append("人员名单没有一并冻结 / who may be sent was not frozen")
    if folder.sealed:
        notes.append(f"封存，未出示 / sealed, not shown: {', '.join(folder.sealed)}")
    rest = sorted(set(folder.files) - folder.compared - set(folder.partly))
    if rest:
        notes.append(f"未核对 / not checked: {', '.join(rest)}")
    sys.stdout.write("\n".join([*notes, "核对通过 / everything holds", ""]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
