"""The vectors of the protocol, to the byte, by the project's own draw."""

import pytest

from onevisit.draw.batches import in_batches
from onevisit.draw.ceremony import check_ceremony, seed_of
from onevisit.draw.evidence import replay, substitute_payloads, substitutes_file
from onevisit.draw.form import sha256, tsv_of
from onevisit.draw.frozen import manifest_of, read_frozen
from onevisit.draw.merkle import merkle_root
from onevisit.draw.select import draw
from onevisit.draw.trail import EVENTS, append, read_trail
from tests.onevisit.draw.samples import vector

VECTORS = ["open", "witnessed"]


@pytest.mark.parametrize("name", VECTORS)
def test_a_vector_is_reproduced_to_the_byte(name: str) -> None:
    files = vector(name)
    frozen = read_frozen(files)
    c, serial = sha256(files["MANIFEST"]), files["DRAW"].decode().strip()
    seed = seed_of(c, serial, files["REVEALS"])
    drawn = draw(frozen, seed)

    assert manifest_of(files) == files["MANIFEST"]
    assert f"{merkle_root(files['objects.tsv'])}\n".encode() == files["ROOT"]
    assert not check_ceremony(frozen, commitment=c, serial=serial, commits=files["COMMITS"], reveals=files["REVEALS"])
    assert f"{seed}\n".encode() == files["SEED"]
    assert tsv_of(drawn) == files["drawn.tsv"]
    assert tsv_of(in_batches(frozen, seed, drawn)) == files["batches.tsv"]
    assert substitutes_file(frozen, seed, files["CODES"]) == files["substitutes.tsv"]


@pytest.mark.parametrize("name", VECTORS)
def test_the_trail_of_a_vector_is_made_again_from_its_payloads_and_times(name: str) -> None:
    files = vector(name)
    lines, problems = read_trail(files["TRAIL"])
    payloads = [files["MANIFEST"], files["ROOT"]]
    payloads += [line for file in ("COMMITS", "REVEALS") for line in files[file].splitlines(keepends=True)]
    payloads += [files["SEED"], files["drawn.tsv"], files["batches.tsv"], *substitute_payloads(files)]

    trail = b""
    for line, payload in zip(lines, payloads, strict=True):
        event = next(event for event in EVENTS if event == line.event)
        trail = append(trail, at=line.at, event=event, payload=payload)

    assert trail == files["TRAIL"]
    assert not problems


@pytest.mark.parametrize("name", VECTORS)
def test_a_vector_replays_without_a_problem(name: str) -> None:
    assert replay(vector(name)) == []
