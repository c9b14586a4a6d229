"""ROOT and its proofs: who is in the list, and who is not."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onevisit.draw.merkle import check_proof, merkle_root, prove
from tests.onevisit.draw.samples import object_id


def listed(numbers: set[int]) -> bytes:
    """An objects.tsv of an open round."""
    return "".join(f"{one}\tN\t{one}\n" for one in sorted(object_id(number) for number in numbers)).encode()


NUMBERS = st.sets(st.integers(1, 60), max_size=40)


@given(numbers=NUMBERS, asked=st.integers(1, 60))
def test_anybody_can_prove_to_be_in_the_list_or_not(numbers: set[int], asked: int) -> None:
    objects = listed(numbers)
    proofs = prove(objects, object_id(asked))
    assert check_proof(merkle_root(objects), object_id(asked), proofs) == (asked in numbers)


@given(numbers=NUMBERS.filter(lambda numbers: len(numbers) > 3), data=st.data())
def test_a_false_proof_is_refused(numbers: set[int], data: st.DataObject) -> None:
    objects = listed(numbers)
    root = merkle_root(objects)
    is_in = object_id(data.draw(st.sampled_from(sorted(numbers))))
    out = object_id(61)
    (proof,) = prove(objects, is_in)
    with pytest.raises(ValueError, match="root"):
        check_proof(root, out, [replace(proof, object_id=out)])
    with pytest.raises(ValueError, match="root"):
        check_proof("0" * 64, is_in, [proof])
    with pytest.raises(ValueError, match="neighbours"):
        check_proof(root, out, [])
    # Two objects that are in the list but not beside each other prove nothing about one between them.
    ids = sorted(object_id(number) for number in numbers)
    with pytest.raises(ValueError, match="neighbours"):
        check_proof(root, ids[1], [*prove(objects, ids[0]), *prove(objects, ids[2])])


def test_a_proof_of_absence_cannot_hide_an_object_by_a_wrong_place() -> None:
    objects = listed({1, 2, 3, 4, 5})
    root = merkle_root(objects)
    ids = sorted(object_id(number) for number in range(1, 6))
    left, right = prove(objects, ids[0])[0], prove(objects, ids[2])[0]
    with pytest.raises(ValueError, match="root"):
        check_proof(root, ids[1], [left, replace(right, index=1)])


def test_a_proof_hides_the_class() -> None:
    objects = b"DY-1\tD\tabcdefghijklmnopqrstuv\n"
    (proof,) = prove(objects, "DY-1")
    assert "D" not in proof.sealed
    assert "abcdefghijklmnopqrstuv" not in str(proof)
