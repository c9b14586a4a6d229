import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer.main

from pipelines.cli import app

REPOSITORY = Path(__file__).resolve().parents[2]
PAGES = ["README.md", "README.zh-CN.md", *sorted(path.name for path in (REPOSITORY / "docs").glob("*.md"))]
INLINE = re.compile(r"`(?:\.venv/bin/)?onevisit ([^`]+)`")
BLOCK = re.compile(r"```\w*\n(.*?)```", re.DOTALL)
LINE = re.compile(r"^ *(?:\.venv/bin/)?onevisit (.+)$", re.MULTILINE)
SKIPPED = re.compile(r"[|…]|\.\.\.")
"""Forms with alternatives or left out parts are prose, not commands."""


def text_of(page: str) -> str:
    path = REPOSITORY / page
    return (path if path.exists() else REPOSITORY / "docs" / page).read_text("utf-8")


def commands(page: str) -> list[str]:
    text = text_of(page)
    found = [line.split("#")[0] for block in BLOCK.findall(text) for line in LINE.findall(block.replace("\\\n", " "))]
    found += INLINE.findall(BLOCK.sub("", text))
    return sorted({" ".join(one.split()) for one in found if not SKIPPED.search(one)})


def flaws(command: str) -> list[str]:
    """Return what in a command line the program does not have: a command, an option."""
    words = shlex.split(command)
    here: Any = typer.main.get_command(app)
    while below := getattr(here, "commands", None):
        if not words or words[0].startswith("-"):
            return []
        if words[0] not in below:
            return [f"no command {words[0]}"]
        here = below[words.pop(0)]
    known = {"--help", *(name for one in here.params for name in (*one.opts, *one.secondary_opts))}
    return [f"no option {word}" for word in words if re.match("--?[a-z]", word) and word.split("=")[0] not in known]


@pytest.mark.parametrize("page", PAGES)
def test_every_command_a_page_names_is_one_with_the_options_it_has(page: str) -> None:
    assert {command: wrong for command in commands(page) if (wrong := flaws(command))} == {}


def test_a_command_or_option_that_is_none_is_found() -> None:
    for command in ("runn all", "run all --yaer 2027", "draw frezee"):
        assert flaws(command)
    assert len(commands("drawing.md")) > 5
