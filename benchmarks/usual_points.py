"""Make `onevisit/registries/weights.toml` anew: the points that a made county's codes teach.

python -m benchmarks.usual_points [--entities 25000] [--cache DIR]
"""

import argparse
import tempfile
from pathlib import Path

import polars as pl

from benchmarks.counties import ROOT, made
from benchmarks.stage import NOBODY_JUDGED
from onevisit.registries.comparison import MEANINGS
from onevisit.registries.linkage import link, prepare, taught
from onevisit.registries.texts import texts
from onevisit.registries.weights import BASE, Points
from pipelines.settings import read_county

GUESSED: Points = {
    ("name", 1): 400, ("name", 2): 350, ("name", 3): 200, ("name", 4): -100, ("name", 5): 200,
    ("name", 6): -200, ("name", 7): -400, ("name", 8): -500,
    ("namesakes", 2): -150, ("namesakes", 3): -250,
    ("unit", 1): 100, ("unit", 2): -500, ("unit", 3): -500, ("form", 1): -200,
    ("person", 1): 300, ("person", 2): 250, ("person", 3): 100, ("person", 4): -350, ("person", 5): 150,
    ("person", 6): 200,
    ("phone", 1): 250, ("phone", 2): 200, ("phone", 3): 150, ("phone", 4): -150, ("phone", 5): 80,
    ("door", 1): 350, ("door", 2): 300, ("door", 3): 250, ("door", 4): 100, ("door", 5): 50, ("door", 6): -150,
    ("door", 7): -350, ("door", 8): 250, ("door", 9): -150, ("door", 10): 150,
    ("town", 1): 50, ("town", 2): -200, ("name_town", 2): -350,
    ("opened", 1): 500, ("opened", 2): 50, ("opened", 3): -100, ("opened", 4): -600,
    ("closed", 1): -300, ("closed", 2): 150, ("same_list", 1): -400,
    ("code", 1): 700, ("code", 2): -900, ("code", 3): -700,
}  # fmt: skip
"""What a clerk would guess: what the made county does not show stays so, as the codes of other kinds do."""
HEAD = """# What each level of agreement counts for where a county has no lessons of its own, in hundredths of a bit.
# Learnt from a made county by `python -m benchmarks.usual_points`; the levels stand in comparison.py."""


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entities", type=int, default=25_000)
    parser.add_argument("--cache", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as aside:
        points = _learnt(arguments.cache or Path(aside), arguments.entities)
    target = ROOT / "onevisit" / "registries" / "weights.toml"
    target.write_text(_toml(points), "utf-8")


def _learnt(cache: Path, entities: int) -> Points:
    county = read_county(ROOT / "county")
    [lists] = made(cache, county, entities=entities, seed="usual points")
    none_published = pl.DataFrame(schema={"record_key": pl.String, "object_id": pl.String})
    linkage = link(prepare(lists.rows("objects"), county), NOBODY_JUDGED, none_published)
    trusted = texts(linkage.records.get_column("trusted")).number
    # From guesses and not from the file, which would be its own teacher.
    return taught(linkage.levels, linkage.pairs, trusted, usual=GUESSED, start=GUESSED)


def _toml(points: Points) -> str:
    parts = [HEAD, f"[{BASE[0]}]\n{BASE[1]} = {points[BASE]}"]
    for name, meanings in MEANINGS.items():
        lines = [f"{level} = {points[name, level]} # {meaning}" for level, meaning in meanings.items()]
        parts.append("\n".join([f"[{name}]", *lines]))
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    main()
