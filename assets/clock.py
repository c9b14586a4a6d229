"""The clock and the secret: the two things a run takes from outside the data.

In a demonstration both are scripted, so that the same county gives the same bytes on any day.
"""

import datetime as dt
import hashlib
import secrets
from zoneinfo import ZoneInfo

from assets.files import write_whole
from assets.folders import Folders
from onevisit.county import County
from onevisit.draw.demonstration import morning_of

REVIEW_WORKDAYS = 10


def today(county: County) -> dt.date:
    """Return the day a run takes as today: scripted in a demonstration, else the day in China."""
    if county.demonstration:
        return county.demonstration.today
    return dt.datetime.now(ZoneInfo("Asia/Shanghai")).date()


def now(county: County) -> str:
    """Return the moment a run takes as now, ISO 8601 with +08:00: nine in the morning of today in a demonstration."""
    if county.demonstration:
        return morning_of(today(county))
    return dt.datetime.now(ZoneInfo("Asia/Shanghai")).isoformat(timespec="seconds")


def review_due(county: County) -> dt.date:
    """Return the day by which what is sent out for review today should be back: ten working days on."""
    day = today(county)
    return county.working_days(day.year).after(day, REVIEW_WORKDAYS)


def secret(folders: Folders, county: County, year: int) -> str:
    """Return the year's secret (64 hex), made on first use and kept in the sealed folder, mode 600.

    It salts digests of ID numbers and commitments of persons; it never leaves the sealed folder.
    """
    path = folders.sealed(year) / "secret"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(path, _new_secret(county, year).encode(), mode=0o600)
    return path.read_text("ascii")


def _new_secret(county: County, year: int) -> str:
    if county.demonstration:
        return hashlib.sha256(f"{county.demonstration.seed}|secret|{year}".encode()).hexdigest()
    return secrets.token_hex(32)
