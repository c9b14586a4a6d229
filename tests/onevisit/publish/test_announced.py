"""Between its freeze and its draw a round shows what was fixed and when the seed comes, and nothing of the outcome."""

import datetime as dt
from dataclasses import replace

import polars as pl

from onevisit.draw.disclosure import announced_files, commitment_of
from onevisit.publish import lists
from onevisit.publish.announced import Waiting, announcements, waiting_rounds
from onevisit.publish.notices import notices_of
from onevisit.publish.release import assemble
from onevisit.publish.site import Site
from onevisit.text import chinese_moment
from tests.onevisit.publish.counties import TODAY, VECTORS, known, made, site_of

COUNTY = made()
SERIAL = COUNTY.rounds.filter(disclosure="witnessed")["serial"][0]
PAGE = f"draws/{SERIAL}/index.html"
DRAWN = {path.name: path.read_bytes() for path in (VECTORS / "witnessed").iterdir()}
LATER = ("SEED", "drawn.tsv", "batches.tsv", "substitutes.tsv", "CODES")


def revealed() -> Waiting:
    """The attempt at its most secret: everybody has revealed, nothing is drawn."""
    lines = DRAWN["TRAIL"].splitlines(keepends=True)
    before_seed = next(n for n, line in enumerate(lines) if line.split(b"\t")[2] == b"seed")
    files = {name: data for name, data in DRAWN.items() if name not in LATER}
    (starts,) = COUNTY.rounds.filter(serial=SERIAL)["task_ids"]
    window = COUNTY.rounds.filter(serial=SERIAL)["locked_until"][0]
    return Waiting(files | {"TRAIL": b"".join(lines[:before_seed])}, {task: window.isoformat() for task in starts})


def before_the_draw(today: dt.date = TODAY) -> Site:
    """The county's site while the witnessed round waits."""
    rounds = COUNTY.rounds.filter(pl.col("serial") != SERIAL)
    county = replace(COUNTY, frames={**COUNTY.frames, "rounds": rounds})
    site, waiting = site_of(county, today), {SERIAL: revealed()}
    held = dict.fromkeys(rounds["serial"], DRAWN) | {SERIAL: revealed().files}
    announced = lists.public_rounds(rounds, waiting_rounds(waiting), announcements(held), today=today)
    files = announced_files(revealed().files)
    return replace(site, tables={**site.tables, "rounds": announced}, draws={**site.draws, SERIAL: files})


def test_a_frozen_round_shows_its_commitments_its_witnesses_and_when_the_seed_comes():
    site = before_the_draw()
    page = assemble(site, known(COUNTY))[PAGE].decode()
    row = site.tables["rounds"].row(by_predicate=pl.col("serial") == SERIAL, named=True)
    assert row["state"] == "待抽取"
    for shown in (
        commitment_of(DRAWN),
        DRAWN["ROOT"].decode().strip(),
        *(line.split("\t")[1] for line in DRAWN["COMMITS"].decode().splitlines()),
        row["witnesses"],
        chinese_moment(row["seed_at"]),
        "还没有抽取",
    ):
        assert shown in page


def test_nothing_that_was_revealed_or_will_be_drawn_is_anywhere_before_the_draw_not_even_when_its_window_is_open():
    late = COUNTY.rounds.filter(serial=SERIAL)["locked_until"][0] + dt.timedelta(days=400)
    secrets = [DRAWN["SEED"].strip()]
    secrets += [line.split(b"=")[1] for line in DRAWN["REVEALS"].splitlines()]
    for today in (TODAY, late):
        site = before_the_draw(today)
        mine = {name: data for name, data in assemble(site, known(COUNTY)).items() if SERIAL in name}
        assert {name for name in mine if name.startswith("draws/")} == {
            PAGE, *(f"draws/{SERIAL}/{name}" for name in ("COMMITMENT", "COMMITS", "DRAW", "ROOT", "chains.tsv"))
        }  # fmt: skip
        assert not [name for name, data in mine.items() for secret in secrets if secret in data]
        row = site.tables["rounds"].row(by_predicate=pl.col("serial") == SERIAL, named=True)
        assert (row["seed"], row["trail_head"], row["drawn_count"]) == (None, None, None)


def test_the_address_of_a_round_stays_and_shows_the_outcome_later():
    before, after = (assemble(site, known(COUNTY)) for site in (before_the_draw(), site_of(COUNTY)))
    assert "待抽取" in before["draws.html"].decode()
    assert "待抽取" not in after["draws.html"].decode()
    assert f"draws/{SERIAL}/index.html" in before["draws.html"].decode()
    assert PAGE in after
    assert "抽取时揭示的内容" not in before[PAGE].decode()
    assert "抽取时揭示的内容" in after[PAGE].decode()


def test_a_notice_before_the_draw_is_dated_by_the_freeze_and_says_when_the_draw_will_be():
    site = before_the_draw()
    row = site.tables["rounds"].row(by_predicate=pl.col("serial") == SERIAL, named=True)
    (notice,) = [one for one in notices_of(site) if SERIAL in one.name]
    said = str(notice.document.blocks)
    assert "定于" in said
    assert chinese_moment(row["seed_at"]) in said
    assert f"{row['frozen_on'].year}年{row['frozen_on'].month}月{row['frozen_on'].day}日" in said
