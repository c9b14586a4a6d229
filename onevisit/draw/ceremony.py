"""The ceremony: commits, reveals, the seed, and the keys made from it (protocol, section 2).

What the witnesses and the public source say comes in; nothing here is random.
"""

import re
from collections.abc import Mapping, Sequence

from onevisit.draw.form import HASH, lines_of, sha256
from onevisit.draw.frozen import Frozen
from onevisit.errors import Problem, problem

PARTIES = {
    "beacon": "公共随机源",
    "discipline": "纪检监察",
    "enterprise": "市场主体代表",
    "notary": "公证",
    "procuratorate": "检察",
}
"""Chinese names of those who commit and reveal; a county may have others, which stay as they are."""


def commit(commitment: str, serial: str, witness: str, secret: str) -> str:
    """Return what a witness commits to: its secret (64 hex) bound to the frozen files and the serial."""
    return sha256(f"ov1/commit\n{commitment}\n{serial}\n{witness}\n{secret}\n")


def commits_file(commits: Mapping[str, str], witnesses: Sequence[str]) -> bytes:
    """Return COMMITS: a line per witness that committed, in the order of witnesses.tsv."""
    return "".join(f"{name}\t{commits[name]}\n" for name in witnesses if name in commits).encode()


def reveals_file(reveals: Mapping[str, str], order: Sequence[str]) -> bytes:
    """Return lines of REVEALS: witnesses in the order of witnesses.tsv, then sources in the order of sources.tsv."""
    return "".join(f"{name}={reveals[name]}\n" for name in order if name in reveals).encode()


def seed_of(commitment: str, serial: str, reveals: bytes) -> str:
    """Return S, the seed nobody could know when the files were frozen."""
    return sha256(f"ov1/seed\n{commitment}\n{serial}\n".encode() + reveals)


def key(seed: str, purpose: str) -> str:
    """Return K(p), the key of one purpose: `objects/T001`, `rounding`, `teams/pool/department`."""
    return sha256(f"ov1/key\n{purpose}\n{seed}\n")[:32]


def chain_code(start: str, steps: int) -> str:
    """Return H^steps of a substitute chain that begins with `start` (64 hex)."""
    code = start
    for _ in range(steps):
        code = sha256(f"{code}\n")
    return code


def check_ceremony(frozen: Frozen, *, commitment: str, serial: str, commits: bytes, reveals: bytes) -> list[Problem]:
    """Report a commit or reveal that is missing, surplus, out of order or does not match (D040-D043).

    A draw goes on only when nothing is reported; a missing reveal makes the attempt void.
    """
    problems: list[Problem] = []
    committed = [line.split("\t") for line in lines_of("COMMITS", commits, problems)]
    if [fields[0] for fields in committed] != list(frozen.witnesses) or any(
        len(fields) != 2 or not re.fullmatch(HASH, fields[1]) for fields in committed
    ):
        problems.append(problem("D040", file="COMMITS"))
    revealed = [line.partition("=")[::2] for line in lines_of("REVEALS", reveals, problems)]
    wanted = [*frozen.witnesses, *frozen.sources]
    names = [name for name, _ in revealed]
    problems += [problem("D041", file="REVEALS", value=name) for name in wanted if name not in names]
    if names != [name for name in wanted if name in names] or not all(value for _, value in revealed):
        problems.append(problem("D042", file="REVEALS"))
    promised = dict(fields for fields in committed if len(fields) == 2)
    for name, value in revealed:
        if name in frozen.witnesses and promised.get(name) != commit(commitment, serial, name, value):
            # The value may be the secret of somebody who mistyped it: only the name is said.
            problems.append(problem("D043", file="REVEALS", value=name))
    return problems
