"""What a business prepares for a visit: one list for all departments, no document asked for twice (一次告知).

Two guides often mean one document: 营业执照, 营业执照副本, 营业执照正、副本. Only what the words themselves show
is joined; a document that is merely alike is asked for as the guide has it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from onevisit.text import squeeze

_FORM = re.compile(r"[（(]?(?:正、副本|正副本|正本|副本|原件|复印件)[）)]?$")
"""How a document is wanted, at the end of its name."""
_AND = re.compile(r"和|及|以及")
"""Joins two documents: 营业执照和授权书. Not 、, which also joins words of one name."""


@dataclass(frozen=True, slots=True)
class Material:
    """A document, or several of one name, and who wants to see it."""

    text: str
    departments: tuple[str, ...]


def asked_once(wanted: Iterable[tuple[str, str]]) -> tuple[Material, ...]:
    """Return every document once, in the order first asked for, from pairs (department, material).

    Of several forms of one document the most telling is kept (正、副本 before 副本 before none), and of a pair
    of documents the half that is asked for anyway is left out.
    """
    asked = [(department, text) for department, words in wanted if (text := squeeze(words))]
    alone = {_document(text) for _, text in asked}
    texts: dict[str, list[str]] = {}
    departments: dict[str, list[str]] = {}
    for department, text in asked:
        for one in _parts(text, alone):
            texts.setdefault(_document(one), []).append(one)
            departments.setdefault(_document(one), []).append(department)
    return tuple(
        Material(max(forms, key=len), tuple(dict.fromkeys(departments[document]))) for document, forms in texts.items()
    )


def _document(text: str) -> str:
    return _FORM.sub("", text) or text


def _parts(text: str, alone: set[str]) -> list[str]:
    """Return what is asked for: the text as it is, or its halves where one of them is asked for alone."""
    halves = [half for half in _AND.split(text) if half]
    is_asked = [_document(half) in alone for half in halves]
    return halves if len(halves) > 1 and any(is_asked) else [text]
