"""ROOT and its proofs: who is in the list, and who is not."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onevisit.draw.merkle import Leaf, merkle_root, proof_file, prove
from onevisit.draw.verify import RefusedError, check_proof, main
from tests.onevisit.draw.samples import object_id


def listed(numbers: set[int]) -> bytes:
    """An objects.tsv of an open round."""
    return "".join(f"{one}\tN\t{one}\n" for one in sorted(object_id(number) for number in numbers)).encode()


def is_in(root: str, asked: str, *leaves: Leaf) -> bool:
    """What the stand-alone verifier says of a proof."""
    return check_proof(proof_file(asked, leaves), root, asked)


NUMBERS = st.sets(st.integers(1, 60), max_size=40)


@given(numbers=NUMBERS, asked=st.integers(1, 60))
def test_anybody_can_prove_to_be_in_the_list_or_not(numbers: set[int], asked: int) -> None:
    objects = listed(numbers)
    proofs = prove(objects, object_id(asked))
    assert is_in(merkle_root(objects), object_id(asked), *proofs) == (asked in numbers)


@given(numbers=NUMBERS.filter(lambda numbers: len(numbers) > 3), data=st.data())
def test_a_false_proof_is_refused(numbers: set[int], data: st.DataObject) -> None:
    objects = listed(numbers)
    root = merkle_root(objects)
    there = object_id(data.draw(st.sampled_from(sorted(numbers))))
    out = object_id(61)
    (leaf,) = prove(objects, there)
    with pytest.raises(RefusedError, match="root"):
        is_in(root, out, replace(leaf, object_id=out))
    with pytest.raises(RefusedError, match="root"):
        is_in("0" * 64, there, leaf)
    with pytest.raises(RefusedError, match="neighbours"):
        is_in(root, out)
    with pytest.raises(RefusedError, match="form"):
        is_in(root, out, replace(leaf, object_id=f"{out}\t{leaf.seal}"))


@given(numbers=NUMBERS.filter(lambda numbers: len(numbers) > 2), data=st.data())
def test_no_choice_of_true_leaves_proves_that_a_listed_object_is_absent(numbers: set[int], data: st.DataObject) -> None:
    objects = listed(numbers)
    leaves = [prove(objects, one)[0] for one in sorted(object_id(number) for number in numbers)]
    place = data.draw(st.integers(0, len(leaves) - 1))
    others = [*leaves[:place], *leaves[place + 1 :]]
    left = data.draw(st.sampled_from(others))
    right = data.draw(st.sampled_from(others))
    for shown in ((), (left,), (left, right), (left, left, right)):
        with pytest.raises(RefusedError, match="neighbours"):
            is_in(merkle_root(objects), leaves[place].object_id, *shown)


@settings(max_examples=200)
@given(numbers=NUMBERS, asked=st.integers(1, 60), data=st.data())
def test_every_changed_byte_of_a_proof_is_refused(numbers: set[int], asked: int, data: st.DataObject) -> None:
    objects = listed(numbers)
    proof = bytearray(proof_file(object_id(asked), prove(objects, object_id(asked))))
    proof[data.draw(st.integers(0, len(proof) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(RefusedError):
        check_proof(bytes(proof), merkle_root(objects), object_id(asked))


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b"[" * 100000, b'{"leaves":[1]}', b"\xff"])
def test_what_is_no_proof_is_refused(data: bytes) -> None:
    with pytest.raises(RefusedError, match="form"):
        check_proof(data, "0" * 64, "DY-1")


def test_a_proof_shows_one_id_and_neither_class_nor_place() -> None:
    objects = b"".join(b"DY-%d\tD\tabcdefghijklmnopqrstu%c\n" % (n, 97 + n) for n in range(1, 6))
    proof = proof_file("DY-3", prove(objects, "DY-3")).decode()
    assert [n for n in range(1, 6) if f"DY-{n}" in proof] == [3]
    assert "abcdefghijklmnopqrstu" not in proof
    assert set(json.loads(proof)) == {"algorithm", "id", "leaves"}


def test_the_verifier_takes_a_proof_and_the_root_as_a_file_or_as_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    objects, asked = listed({1, 2, 3}), object_id(2)
    (tmp_path / "proof.json").write_bytes(proof_file(asked, prove(objects, asked)))
    (tmp_path / "ROOT").write_text(f"{merkle_root(objects)}\n")
    for root in (str(tmp_path / "ROOT"), merkle_root(objects)):
        assert main([str(tmp_path / "proof.json"), root, asked]) == 0
        assert f"{asked}在冻结的名录中" in capsys.readouterr().out
    assert main([str(tmp_path / "proof.json"), "0" * 64, asked]) == 1
    assert main([str(tmp_path / "proof.json"), merkle_root(objects), object_id(3)]) == 1
