"""ROOT: the RFC 6962 Merkle tree over the frozen objects, and proofs that one is or is not in it.

A leaf is id TAB SHA-256(class TAB mark): a proof shows the id and hides the class, because the mark
is secret in a witnessed round. Proofs are checked by `verify.py` and by the page in the browser.
"""

import hashlib
import json
from bisect import bisect_left
from dataclasses import dataclass

from onevisit.draw.form import sha256


@dataclass(frozen=True, slots=True)
class Leaf:
    """An id of the list, and why it is at its place under the root."""

    object_id: str
    seal: str
    """SHA-256(class TAB mark)."""
    path: tuple[str, ...]
    """Hashes of the siblings from the leaf up, each after its side, L or R. No number says where the leaf
    stands: one that nothing binds could be changed."""


def merkle_root(objects_tsv: bytes) -> str:
    """Return the root (64 hex) over the lines of objects.tsv; of no lines, SHA-256 of nothing."""
    levels = _levels([_hashed(*leaf) for leaf in _leaves(objects_tsv)])
    return levels[-1][0].hex() if levels[-1] else sha256(b"")


def prove(objects_tsv: bytes, object_id: str) -> tuple[Leaf, ...]:
    """Prove that an object is in the list (its own leaf), or that it is not.

    Not in the list: the two neighbours between which it would stand, one neighbour at an end of the
    list, none when the list is empty.
    """
    leaves = _leaves(objects_tsv)
    levels = _levels([_hashed(*leaf) for leaf in leaves])
    place = bisect_left(leaves, object_id, key=lambda leaf: leaf[0])
    is_there = place < len(leaves) and leaves[place][0] == object_id
    places = [place] if is_there else [i for i in (place - 1, place) if 0 <= i < len(leaves)]
    return tuple(Leaf(*leaves[i], path=_path(levels, i)) for i in places)


def proof_file(object_id: str, leaves: tuple[Leaf, ...]) -> bytes:
    """Return a proof as the one line of JSON that verifiers read: sorted keys, no blanks, a final LF."""
    shown = [{"id": leaf.object_id, "path": leaf.path, "seal": leaf.seal} for leaf in leaves]
    content = {"algorithm": "ov1", "id": object_id, "leaves": shown}
    return (json.dumps(content, sort_keys=True, separators=(",", ":")) + "\n").encode()


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
            path.append(("L" if index % 2 else "R") + level[index ^ 1].hex())
        index //= 2
    return tuple(path)
