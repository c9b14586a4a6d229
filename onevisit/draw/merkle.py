"""ROOT: the RFC 6962 Merkle tree over the frozen objects, and proofs that one is or is not in it.

A leaf is id TAB SHA-256(class TAB mark): a proof shows the id and hides the class, because the mark
is secret in a witnessed round.
"""

import hashlib
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from onevisit.draw.form import sha256


@dataclass(frozen=True, slots=True)
class Proof:
    """Why one id is at one place of the list whose root is known."""

    object_id: str
    sealed: str
    """SHA-256(class TAB mark)."""
    index: int
    size: int
    path: tuple[str, ...]
    """Hashes of the siblings, from the leaf up."""


def merkle_root(objects_tsv: bytes) -> str:
    """Return the root (64 hex) over the lines of objects.tsv; of no lines, SHA-256 of nothing."""
    levels = _levels([_hashed(*leaf) for leaf in _leaves(objects_tsv)])
    return levels[-1][0].hex() if levels[-1] else sha256(b"")


def prove(objects_tsv: bytes, object_id: str) -> tuple[Proof, ...]:
    """Prove that an object is in the list (one proof), or that it is not.

    Not in the list: the proofs of the two neighbours between which it would stand, of one neighbour
    at an end of the list, of none when the list is empty.
    """
    leaves = _leaves(objects_tsv)
    levels = _levels([_hashed(*leaf) for leaf in leaves])
    place = bisect_left(leaves, object_id, key=lambda leaf: leaf[0])
    is_there = place < len(leaves) and leaves[place][0] == object_id
    places = [place] if is_there else [i for i in (place - 1, place) if 0 <= i < len(leaves)]
    return tuple(Proof(*leaves[i], index=i, size=len(leaves), path=_path(levels, i)) for i in places)


def check_proof(root: str, object_id: str, proofs: Sequence[Proof]) -> bool:
    """Tell whether the object is in the list with that root. Raises ValueError when the proofs prove neither."""
    if any(_root_of(proof) != root for proof in proofs):
        raise ValueError("a proof does not lead to the root")
    if [proof.object_id for proof in proofs] == [object_id]:
        return True
    if not _are_neighbours(proofs, object_id) and not (not proofs and root == sha256(b"")):
        raise ValueError("the proofs are not of the neighbours")
    return False


def _are_neighbours(proofs: Sequence[Proof], object_id: str) -> bool:
    if len(proofs) == 2:
        left, right = proofs
        return (
            left.size == right.size and left.index + 1 == right.index and left.object_id < object_id < right.object_id
        )
    if len(proofs) == 1:
        (only,) = proofs
        is_first = only.index == 0 and object_id < only.object_id
        is_last = only.index == only.size - 1 and only.object_id < object_id
        return is_first or is_last
    return False


def _leaves(objects_tsv: bytes) -> list[tuple[str, str]]:
    """Return (id, SHA-256(class TAB mark)) of each line."""
    cut = (line.split("\t", 1) for line in objects_tsv.decode().split("\n")[:-1])
    return [(object_id, sha256(rest)) for object_id, rest in cut]


def _hashed(object_id: str, sealed: str) -> bytes:
    return hashlib.sha256(b"\0" + f"{object_id}\t{sealed}".encode()).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def _levels(leaves: list[bytes]) -> list[list[bytes]]:
    """Return the tree from the leaves up; an odd node at the end of a level goes up alone."""
    levels = [leaves]
    while len(levels[-1]) > 1:
        level = levels[-1]
        above = [_node(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        levels.append(above + level[len(above) * 2 :])
    return levels


def _path(levels: list[list[bytes]], index: int) -> tuple[str, ...]:
    path: list[str] = []
    for level in levels[:-1]:
        if index ^ 1 < len(level):
            path.append(level[index ^ 1].hex())
        index //= 2
    return tuple(path)


def _root_of(proof: Proof) -> str:
    """Return the root a proof leads to, empty when its path does not fit its place."""
    if not 0 <= proof.index < proof.size:
        return ""
    node, index, last, path = _hashed(proof.object_id, proof.sealed), proof.index, proof.size - 1, list(proof.path)
    while last:
        if index % 2 or index < last:
            if not path:
                return ""
            sibling = bytes.fromhex(path.pop(0))
            node = _node(sibling, node) if index % 2 else _node(node, sibling)
        index, last = index // 2, last // 2
    return "" if path else node.hex()
