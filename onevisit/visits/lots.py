"""Lots: the hashes that decide who goes (protocol ov1, section 6).

The matching itself is in `match.py`; here is only what a witness recomputes with `sha256sum`. Keys are
the draw's own: `onevisit.draw.ceremony.key`.
"""

from onevisit.draw.form import sha256


def turn(lot_key: str, visit: str) -> str:
    """Return a visit's place in the order in which visits are served."""
    return sha256(f"{lot_key}|order|{visit}")


def ticket(lot_key: str, visit: str, person: str) -> str:
    """Return a person's ticket for a visit; the smaller one goes when loads are equal."""
    return sha256(f"{lot_key}|{visit}|{person}")


def commitment(secret: str, number: str) -> str:
    """Return what the public sees of a person: a digest of the certificate number under a salt of its own.

    One salt per person: opening one in a dispute tells nothing about anybody else.
    """
    salt = sha256(f"{secret}|salt|{number}")[:32]
    return sha256(f"{salt}|{number}")
