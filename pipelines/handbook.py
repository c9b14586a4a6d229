"""Pages and figures of the documentation that are made from the code, so that they cannot differ from it.

`make pages` writes them; a test compares.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import dagster as dg

from onevisit.dictionary import dictionary_page
from onevisit.tables import STAGES
from pipelines.build import build_definitions
from pipelines.settings import ROOT, Settings

TITLES = {
    "filings": "报送",
    "registries": "两库一单",
    "plan": "年度计划",
    "draw": "随机抽取",
    "visits": "入户检查",
    "results": "检查结果",
    "publish": "公开",
    "supervision": "两库督查",
}
"""Stage -> what officials call it."""

WITH_GRAPH = ("README.md", "README.zh-CN.md", "docs/architecture.md")
_GRAPH = re.compile(r"```mermaid\n.*?```", re.DOTALL)


def made_pages(root: Path) -> dict[str, str]:
    """Return every page that is made, or has a figure that is: path in the checkout -> text."""
    settings = Settings(ROOT / "county", ROOT / "data")
    graph = stage_graph(build_definitions(settings, settings.county()))
    block = f"```mermaid\n{graph}```"
    drawn = {name: _GRAPH.sub(lambda _: block, (root / name).read_text("utf-8")) for name in WITH_GRAPH}
    return {**drawn, "docs/dictionary.md": dictionary_page()}


def stage_graph(definitions: dg.Definitions) -> str:
    """Return which stage reads which as a Mermaid flow chart.

    An arrow that follows from two others is left out; what a stage reads of a later one is dotted.
    """
    reads = _reads(definitions)
    forward = {(one, other) for one, other in reads if STAGES.index(one) < STAGES.index(other)}
    lines = ["flowchart LR", *(f'    {stage}["{stage}<br/>{title}"]' for stage, title in TITLES.items())]
    lines += (f"    {one} --> {other}" for one, other in sorted(_shortest(forward), key=_place))
    lines += (f"    {one} -.-> {other}" for one, other in sorted(reads - forward, key=_place))
    return "\n".join([*lines, ""])


def _reads(definitions: dg.Definitions) -> set[tuple[str, str]]:
    graph = definitions.resolve_asset_graph()
    pairs = {
        (str(graph.get(parent).group_name), str(node.group_name))
        for node in graph.asset_nodes
        for parent in node.parent_keys
    }
    return {(one, other) for one, other in pairs if one != other}


def _shortest(pairs: set[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for one, other in pairs:
        between = (stage for stage in STAGES if stage not in (one, other))
        if not any(_leads(pairs, one, stage) and _leads(pairs, stage, other) for stage in between):
            yield one, other


def _leads(pairs: set[tuple[str, str]], one: str, other: str) -> bool:
    return (one, other) in pairs or any(_leads(pairs, after, other) for start, after in pairs if start == one)


def _place(pair: tuple[str, str]) -> tuple[int, int]:
    return STAGES.index(pair[0]), STAGES.index(pair[1])


if __name__ == "__main__":
    for name, text in made_pages(ROOT).items():
        (ROOT / name).write_text(text, "utf-8")
        sys.stdout.write(f"{name}\n")
