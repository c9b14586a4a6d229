"""Words of a result: the standard types and disposals, and how departments spell them.

A spelling nobody has listed is refused, never guessed: a wrong type would stand under a business's name.
"""

import re
from collections.abc import Iterable

from onevisit.results.tables import RESULT_TYPES
from onevisit.text import squeeze

CLEAN = "未发现问题"
"""Stands alone: nothing else was found either."""

UNREACHABLE = "通过登记的住所（经营场所）无法联系"
"""Nobody was met, so nothing was checked at the door."""

TERMINAL = frozenset({"已关闭停业或正在组织清算", "注销", "被吊销", "被撤销", "迁出"})
"""What became of the business: says nothing of whether anybody was met."""

HARMLESS = frozenset(
    {CLEAN, "未发现开展本次抽查涉及的经营活动", "已关闭停业或正在组织清算", "注销", "被吊销", "被撤销", "迁出"}
)
"""Types that name no problem to dispose of: nothing found, nothing going on, or no longer there."""

DISPOSALS = (
    "无需后续处置",
    "停止检查，反馈至日常监管部门",
    "责令改正，后续跟踪由日常监管部门负责",
    "发现案件线索，固定证据后移送办案机构",
    "违反其他部门规定，抄告相关部门",
    "其他",
)

TOLD_TO = frozenset({"发现案件线索，固定证据后移送办案机构", "违反其他部门规定，抄告相关部门"})
"""Disposals that hand the matter to another organ, which is named."""

_OTHER_TYPES = {
    "正常": CLEAN,
    "未按规定公示即时信息": "未按规定公示应当公示的信息",
    "未按规定公示年报信息": "未按规定公示应当公示的信息",
    "隐瞒真实情况弄虚作假": "公示信息隐瞒真实情况弄虚作假",
    "通过登记的住所无法联系": "通过登记的住所（经营场所）无法联系",
    "无法联系": "通过登记的住所（经营场所）无法联系",
    "发现问题责令改正": "发现问题已责令改正",
    "不予配合情节严重": "不配合检查情节严重",
    "未开展本次抽查涉及的经营活动": "未发现开展本次抽查涉及的经营活动",
    "待后续处理": "发现问题待后续处理",
    "已注销": "注销",
    "吊销": "被吊销",
    "撤销": "被撤销",
    "已迁出": "迁出",
}

_OTHER_DISPOSALS = {
    "无": "无需后续处置",
    "无需处置": "无需后续处置",
    "停止检查": "停止检查，反馈至日常监管部门",
    "责令改正": "责令改正，后续跟踪由日常监管部门负责",
    "移送": "发现案件线索，固定证据后移送办案机构",
    "移送办案机构": "发现案件线索，固定证据后移送办案机构",
    "立案": "发现案件线索，固定证据后移送办案机构",
    "抄告": "违反其他部门规定，抄告相关部门",
    "抄告相关部门": "违反其他部门规定，抄告相关部门",
}

_YES_NO = {"是": True, "已完结": True, "否": False, "未完结": False}

_PUNCTUATION = re.compile(r"[^\w]+")


def _plain(text: str) -> str:
    return _PUNCTUATION.sub("", squeeze(text))


_TYPES = {_plain(text): kind for text, kind in [*((kind, kind) for kind in RESULT_TYPES), *_OTHER_TYPES.items()]}
_ONE_TYPE = re.compile("|".join(sorted(map(re.escape, _TYPES), key=len, reverse=True)))
_DISPOSALS = {_plain(text): one for text, one in [*((one, one) for one in DISPOSALS), *_OTHER_DISPOSALS.items()]}


def result_types(text: str | None) -> list[str]:
    """Return the standard types a cell names, in standard order; empty for an empty cell.

    Brackets, blanks and punctuation are of no account, also not those inside a type, so a cell needs
    no particular separator. Raises ValueError with the part that is no known type.
    """
    rest = _plain(text or "")
    found: set[str] = set()
    while rest:
        match = _ONE_TYPE.match(rest)
        if not match:
            raise ValueError(rest)
        found.add(_TYPES[match.group()])
        rest = rest[match.end() :]
    return [kind for kind in RESULT_TYPES if kind in found]


def is_seen(types: Iterable[str]) -> bool:
    """Tell whether results say that something was checked at the door."""
    return not {UNREACHABLE, *TERMINAL}.issuperset(types)


def disposal(text: str | None) -> str | None:
    """Return the standard disposal a cell names, None for an empty cell. Raises KeyError for an unknown one."""
    plain = _plain(text or "")
    return _DISPOSALS[plain] if plain else None


def yes_or_no(text: str | None) -> bool | None:
    """Return what a cell of 是 or 否 says, None for an empty cell. Raises KeyError for anything else."""
    plain = _plain(text or "")
    return _YES_NO[plain] if plain else None
