"""Sharing a number out to strata by largest remainder, ties by name (protocol, section 3)."""

from collections.abc import Mapping


def share_out(total: int, *, weights: Mapping[str, int], sizes: Mapping[str, int]) -> dict[str, int]:
    """Share a number out to strata by largest remainder, ties by stratum name.

    No stratum gets more than its size; what it cannot take goes to the others. A stratum without
    weight gets nothing.
    """
    shares = dict.fromkeys(weights, 0)
    able = {stratum: weight for stratum, weight in weights.items() if weight}
    rest = min(total, sum(sizes[stratum] for stratum in able))
    while rest:
        asked = _largest_remainder(rest, able)
        full = [stratum for stratum in able if asked[stratum] >= sizes[stratum]]
        if all(asked[stratum] == sizes[stratum] for stratum in full):
            return shares | asked
        for stratum in full:
            shares[stratum] = sizes[stratum]
            rest -= sizes[stratum]
            del able[stratum]
    return shares


def _largest_remainder(total: int, weights: Mapping[str, int]) -> dict[str, int]:
    whole = sum(weights.values())
    shares = {stratum: total * weight // whole for stratum, weight in weights.items()}
    order = sorted(weights, key=lambda stratum: (-(total * weights[stratum] % whole), stratum))
    for stratum in order[: total - sum(shares.values())]:
        shares[stratum] += 1
    return shares
