"""One request: who asks, with which form, and how it is answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from onevisit.errors import RefusedError
from onevisit.text import fold
from pipelines.review import render
from pipelines.review.access import Person, Session, Sessions, Token
from pipelines.review.desk import Desk


@dataclass(slots=True)
class Visit:
    """What a handler gets."""

    request: Request
    desk: Desk
    sessions: Sessions
    session: Session
    form: FormData = field(default_factory=FormData)
    about: str = ""
    """What was done, for the journal: of what is known here, never what somebody typed."""
    came_with: Token | None = None
    """Who asked; logging out ends the session before the journal is written."""

    def __post_init__(self) -> None:
        """Remember who asked."""
        self.came_with = self.session.token

    @property
    def person(self) -> Person:
        """Who asks; there is somebody on every page but the login."""
        if self.session.token is None:
            raise LookupError("nobody has logged in")
        return self.session.token.person

    @property
    def is_partial(self) -> bool:
        """Whether htmx asks, and wants a piece of a page."""
        return self.request.headers.get("hx-request") == "true"

    def field(self, name: str) -> str:
        """Return what a form's field holds, folded; empty when it is not there."""
        value = self.form.get(name, "")
        return fold(value) if isinstance(value, str) else ""

    def kept(self, name: str) -> str:
        """Return what a page put into a form's field, as it put it there: browsers send line breaks otherwise."""
        value = self.form.get(name, "")
        return value.replace("\r\n", "\n") if isinstance(value, str) else ""

    def query(self, name: str) -> str:
        """Return what the address says of a name, empty when nothing."""
        return fold(self.request.query_params.get(name, ""))

    def say(self, message: str, *, kind: str = "good") -> None:
        """Keep a message for the next page that is shown."""
        self.session.messages.append((kind, message))

    def note(self, refused: RefusedError) -> None:
        """Keep for the journal why something was refused, by code: the reasons themselves cite what was typed."""
        self.about = " ".join(dict.fromkeys(one.code for one in refused.problems))

    def page(self, name: str, *, status: int = 200, **values: Any) -> Response:
        """Return a whole page; what was to be said is said on it."""
        response = render.page(name, self.context(**values), status=status)
        self.session.messages.clear()
        return response

    def context(self, **values: Any) -> Mapping[str, Any]:
        """Return what every template knows, and what this one gets besides."""
        token = self.session.token
        return {
            "county": self.desk.county,
            "year": self.desk.year,
            "person": token.person if token else None,
            "csrf": self.session.csrf,
            "path": self.request.url.path,
            "messages": list(self.session.messages),
            **values,
        }

    def go(self, path: str) -> Response:
        """Send the browser on, after a form."""
        return RedirectResponse(path, status_code=303)
