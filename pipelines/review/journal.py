"""The page's journal (操作记录): one line for everything somebody does, refused or not, in the sealed folder.

The decision log says what was decided. Here is besides who came in, who was refused, and what was taken
away as a file. A line has the name a token was made for and nothing a person typed.
"""

import json
import threading

from starlette.responses import Response

from assets.files import append_private
from pipelines.review.visit import Visit

_WRITING = threading.Lock()


def is_kept(visit: Visit, response: Response) -> bool:
    """Tell whether a request goes into the journal: whoever merely looks at a page does nothing."""
    is_taken = "content-disposition" in response.headers
    return visit.request.method == "POST" or is_taken or response.status_code == 403


def keep(visit: Visit, response: Response) -> None:
    """Append what was asked, by whom, and what came of it."""
    token = visit.session.token or visit.came_with
    person = token.person if token else None
    line = {
        "at": visit.sessions.clock().isoformat(timespec="seconds"),
        "by": person.by if person else "",
        "role": person.role if person else "",
        "department": person.department if person else "",
        # The route, not the address: that may hold anything.
        "did": f"{visit.request.method} {visit.request.scope['route'].path}",
        "about": visit.about,
        "status": response.status_code,
    }
    with _WRITING:
        append_private(
            visit.desk.settings.folders.review_journal(visit.desk.year), json.dumps(line, ensure_ascii=False) + "\n"
        )
