"""What the public sees of a round on a given day (protocol, section 9).

An allow-list: what is not named here stays sealed. A risk class must not be readable from what is
published, neither directly nor from tickets, thresholds or fingerprints of guessable files.
"""

import datetime as dt
from collections.abc import Mapping

from onevisit.draw.evidence import Evidence, drawn_list, replays_of
from onevisit.draw.form import sha256
from onevisit.draw.frozen import LENT_FILE, PERSONAL_FILES, Disclosure

BEFORE_THE_LOCK_ENDS = ("DRAW", "ROOT", "COMMITS", "chains.tsv")
"""Published with C before the windows open."""

AFTER_THE_LOCK = ("REVEALS", "SEED", "TRAIL", "CODES", "HEAD", "verify.py")
"""Published of every round once its last window has opened.

Not MANIFEST: the fingerprints of plan.tsv and history.tsv in it could be matched by guessing.
"""


def public_files(
    evidence: Evidence, *, disclosure: Disclosure, locked_until: dt.date, today: dt.date
) -> dict[str, bytes]:
    """Return the files of a round that are public on a day, with C as COMMITMENT.

    The lock of an open round lasts until its last window opens, because the whole folder shows the
    drawn of every task; who may be sent and who stays away is never in it, nor how people were drawn:
    of that, of either kind of round, only who sits where by ticket (people/NNN/seats.tsv). A witnessed round never
    shows objects, scope, plan, history, strata or tickets: of drawn.tsv the list of task, item and id
    alone (listed.tsv), and which witness's replay gave which digest (REPLAYS). The digest binds that
    list to the trail, so that the public sees that the witnesses vouch for what is published.
    """
    is_locked = today < locked_until
    if disclosure == "open" and not is_locked:
        names = sorted(name for name in set(evidence) - {*PERSONAL_FILES, LENT_FILE} if not _is_about_people(name))
    else:
        names = sorted(set(() if is_locked else AFTER_THE_LOCK) & set(evidence))
    public = announced_files(evidence) | {name: evidence[name] for name in names}
    if disclosure == "witnessed" and not is_locked and "drawn.tsv" in evidence:
        public |= {"listed.tsv": drawn_list(evidence), "REPLAYS": _replays_file(evidence)}
    if not is_locked:
        public |= {name: data for name, data in evidence.items() if _is_about_people(name) and _is_shown(name)}
    return public


def announced_files(evidence: Evidence) -> dict[str, bytes]:
    """Return the files that are public as soon as a round is frozen, with C as COMMITMENT, whatever came since."""
    names = sorted(set(BEFORE_THE_LOCK_ENDS) & set(evidence))
    return {"COMMITMENT": f"{commitment_of(evidence)}\n".encode(), **{name: evidence[name] for name in names}}


def _is_about_people(name: str) -> bool:
    return name.startswith("people/")


def _is_shown(name: str) -> bool:
    """Tell whether a file of a sitting is public: who sits where by ticket, and what binds that to the trail."""
    return name.rpartition("/")[2] in ("MANIFEST", "seats.tsv")


def _replays_file(evidence: Evidence) -> bytes:
    """Return REPLAYS: witness and digest, in the order of the trail."""
    return "".join(f"{name}\t{digest}\n" for name, digest in replays_of(evidence).items()).encode()


def commitment_of(evidence: Mapping[str, bytes]) -> str:
    """Return C, the fingerprint of MANIFEST, signed and published before any commit."""
    return sha256(evidence["MANIFEST"])
