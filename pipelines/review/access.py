"""Who may use the review page: tokens handed out one by one, and the sessions they open.

A token is a long random text, shown once. Kept is its salted digest, in the sealed folder, with the
person, the role and the last moment it is good for. A session lives in memory and ends with the server.
"""

import datetime as dt
import hashlib
import hmac
import json
import secrets
from dataclasses import asdict, dataclass, field
from zoneinfo import ZoneInfo

from assets.files import write_whole
from assets.folders import Folders
from onevisit.decisions import Role
from pipelines.review.limits import Bucket, Clock

ROLES: dict[Role, str] = {"reviewer": "审核人", "approver": "签批人", "participant": "参与部门"}
"""Who comes in by token, as officials call them."""

IDLE = dt.timedelta(hours=4)
"""A session nobody used for so long is over."""

_MOST_SESSIONS = 500

_REQUESTS = (300, dt.timedelta(seconds=0.2))
"""Of one session: so many at once, then one every so often."""


def wall_clock() -> dt.datetime:
    """Return the moment in China. Tokens run out by the real clock, also in a demonstration."""
    return dt.datetime.now(ZoneInfo("Asia/Shanghai"))


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may come in: by name, in one role; a participant speaks for a department."""

    by: str
    role: Role
    department: str = ""


@dataclass(frozen=True, slots=True)
class Token:
    """What is kept of a token."""

    person: Person
    salt: str
    digest: str
    expires_at: str
    """ISO 8601 with +08:00."""


@dataclass(slots=True)
class Session:
    """One browser's visit: nobody before login."""

    key: str
    csrf: str
    seen_at: dt.datetime
    bucket: Bucket
    token: Token | None = None
    messages: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """Kind (`good` or `bad`) and text, to be shown once on the next page."""
    marked: bytes | None = None
    """The last uploaded workbook with its mistakes marked."""


def issue_token(folders: Folders, year: int, person: Person, *, expires_at: dt.datetime) -> str:
    """Return a new token; the one this person had in this role is good no more."""
    text, salt = secrets.token_urlsafe(24), secrets.token_hex(16)
    token = Token(person, salt, _digest(salt, text), expires_at.isoformat(timespec="seconds"))
    _keep(folders, year, [*_others(folders, year, person), token])
    return text


def revoke_token(folders: Folders, year: int, person: Person) -> bool:
    """Take a person's token in a role back; tell whether there was one."""
    others = _others(folders, year, person)
    had = len(others) < len(tokens(folders, year))
    _keep(folders, year, others)
    return had


def tokens(folders: Folders, year: int) -> list[Token]:
    """Return what is kept of the tokens of a year."""
    path = folders.review_tokens(year)
    if not path.exists():
        return []
    return [Token(**{**one, "person": Person(**one["person"])}) for one in json.loads(path.read_text("utf-8"))]


def token_of(folders: Folders, year: int, text: str, now: dt.datetime) -> Token | None:
    """Return the kept token a text opens, None when there is none or its time is over."""
    found = [one for one in tokens(folders, year) if hmac.compare_digest(one.digest, _digest(one.salt, text))]
    return next((one for one in found if is_good(one, now)), None)


def is_good(token: Token, now: dt.datetime) -> bool:
    """Tell whether a token's time is not over."""
    return now < dt.datetime.fromisoformat(token.expires_at)


class Sessions:
    """The visits of this server's life."""

    def __init__(self, clock: Clock = wall_clock) -> None:
        self.clock = clock
        self._by_key: dict[str, Session] = {}

    def open(self, token: Token | None = None) -> Session:
        """Return a new session under a new key; where there are too many, nobody's goes, then the longest unused."""
        if len(self._by_key) >= _MOST_SESSIONS:
            del self._by_key[min(self._by_key.values(), key=lambda one: (one.token is not None, one.seen_at)).key]
        bucket = Bucket(*_REQUESTS, self.clock)
        session = Session(secrets.token_urlsafe(24), secrets.token_urlsafe(24), self.clock(), bucket, token)
        self._by_key[session.key] = session
        return session

    def find(self, key: str) -> Session | None:
        """Return the session under a key, None when it is over."""
        session = self._by_key.get(key)
        if session is None or self.clock() - session.seen_at > IDLE:
            self.close(key)
            return None
        session.seen_at = self.clock()
        return session

    def close(self, key: str) -> None:
        """End a session."""
        self._by_key.pop(key, None)


def _digest(salt: str, text: str) -> str:
    return hashlib.sha256(f"{salt}|{text}".encode()).hexdigest()


def _others(folders: Folders, year: int, person: Person) -> list[Token]:
    return [one for one in tokens(folders, year) if one.person != person]


def _keep(folders: Folders, year: int, kept: list[Token]) -> None:
    path = folders.review_tokens(year)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    text = json.dumps([asdict(one) for one in kept], ensure_ascii=False, indent=1)
    write_whole(path, text.encode(), mode=0o600)
