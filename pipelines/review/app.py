"""The application: routes, who may use each, and what holds for every request.

It answers 127.0.0.1 and localhost alone, to whoever has a token, and loads nothing from elsewhere.
"""

import datetime as dt
import hmac
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from onevisit.county import County
from onevisit.decisions import Role
from onevisit.errors import RefusedError
from pipelines.review import journal, pages, render
from pipelines.review.access import Session, Sessions, is_good, tokens
from pipelines.review.desk import Desk
from pipelines.review.limits import Bucket
from pipelines.review.visit import Visit
from pipelines.settings import Settings

COOKIE = "onevisit_review"
LARGEST_BODY = 20 * 1024 * 1024
"""Bytes of a request; a plan's workbook has well under one million."""
LARGEST_FORM = 1024 * 1024
"""Bytes of a form without a file; a page of questions has some ten thousand."""

STRANGERS = (20, dt.timedelta(seconds=6))
"""Forms of all who are not logged in, tokens tried among them: so many at once, then one every so often."""

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}

BUREAU: tuple[Role, ...] = ("reviewer", "approver")
EVERYBODY: tuple[Role, ...] = ("reviewer", "approver", "participant")

Handler = Callable[[Visit], Response]


def review_page(settings: Settings, county: County, year: int, *, sessions: Sessions | None = None) -> ASGIApp:
    """Return the application over one county's data and year."""
    door = _Door(Desk(settings, county, year), sessions or Sessions())

    def form(path: str, handler: Handler, roles: tuple[Role, ...], largest: int = LARGEST_FORM) -> Route:
        return Route(path, door.opens(handler, roles, largest), methods=["POST"])

    routes = [
        Route("/static/{name}", _static),
        Route("/login", door.opens(pages.login, ()), methods=["GET"]),
        form("/login", pages.log_in, ()),
        form("/logout", pages.log_out, EVERYBODY),
        Route("/", door.opens(pages.home, EVERYBODY)),
        Route("/questions", door.opens(pages.questions, BUREAU), methods=["GET"]),
        form("/answer", pages.answer, ("reviewer",)),
        form("/answers", pages.answer_all, ("reviewer",)),
        Route("/merges", door.opens(pages.merges, BUREAU)),
        Route("/merges/{step:int}", door.opens(pages.merge, BUREAU)),
        Route("/pair", door.opens(pages.pair, BUREAU)),
        Route("/versions", door.opens(pages.versions, BUREAU)),
        Route("/upload", door.opens(pages.upload, BUREAU), methods=["GET"]),
        form("/upload", pages.take_upload, ("reviewer",), LARGEST_BODY),
        Route("/upload/marked", door.opens(pages.marked, ("reviewer",))),
        Route("/sign", door.opens(pages.sign, BUREAU), methods=["GET"]),
        form("/sign", pages.take_signature, BUREAU),
        form("/withdraw", pages.take_withdrawal, BUREAU),
        form("/scheme", pages.take_word, ("participant",)),
        Route("/scheme/{task_id}", door.opens(pages.scheme, ("participant",))),
        Route("/log", door.opens(pages.log, BUREAU)),
    ]
    page = Starlette(
        routes=routes,
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"], www_redirect=False)],
        exception_handlers={HTTPException: door.refuses, 500: door.fails},
    )
    # Around everything: what fails is answered without the middleware.
    return _Headers(page)


class _Door:
    """Lets people in: finds the session, checks the form's mark and the role, keeps the cookie."""

    def __init__(self, desk: Desk, sessions: Sessions) -> None:
        self.desk = desk
        self.sessions = sessions
        self.strangers = Bucket(*STRANGERS, sessions.clock)

    def opens(
        self, handler: Handler, roles: tuple[Role, ...], largest: int = LARGEST_FORM
    ) -> Callable[[Request], Awaitable[Response]]:
        """Return the endpoint of a handler; without roles it is for whoever comes."""

        async def endpoint(request: Request) -> Response:
            form = FormData()
            if request.method == "POST":
                _check_length(request, largest)
                # Of a stranger no more is read than a token.
                if not roles or self._is_inside(request):
                    form = await request.form(max_files=1, max_fields=1000)
            return await run_in_threadpool(self._answered, request, form, handler, roles)

        return endpoint

    def refuses(self, request: Request, error: Exception) -> Response:
        """Return the page of a request that leads nowhere."""
        status = error.status_code if isinstance(error, HTTPException) else 400
        visit = Visit(request, self.desk, self.sessions, self._session(request))
        return visit.page("refused.html", status=status, reason=_REASONS.get(status, _REASONS[400]))

    def fails(self, request: Request, error: Exception) -> Response:
        """Return the page of a request the program failed on; it names no cause, which the server's log does."""
        visit = Visit(request, self.desk, self.sessions, self._session(request))
        return visit.page("refused.html", status=500, reason=_REASONS[500])

    def _answered(self, request: Request, form: FormData, handler: Handler, roles: tuple[Role, ...]) -> Response:
        session = self._session(request)
        visit = Visit(request, self.desk, self.sessions, session, form)
        if self._is_too_often(visit):
            return visit.page("refused.html", status=429, reason=_REASONS[429])
        response = self._let_in(visit, handler, roles)
        if journal.is_kept(visit, response):
            journal.keep(visit, response)
        # Logging in and out change the session; the browser must learn the key of the one it has now.
        if visit.session.key != request.cookies.get(COOKIE):
            response.set_cookie(COOKIE, visit.session.key, httponly=True, samesite="strict", path="/")
        return response

    def _let_in(self, visit: Visit, handler: Handler, roles: tuple[Role, ...]) -> Response:
        token = visit.session.token
        if roles and token is None:
            return _to_login(visit)
        mark = visit.field("csrf").encode(errors="replace")
        if visit.request.method == "POST" and not hmac.compare_digest(mark, visit.session.csrf.encode()):
            return visit.page("refused.html", status=403, reason=_REASONS[419])
        if roles and visit.person.role not in roles:
            return visit.page("refused.html", status=403, reason=_REASONS[403])
        try:
            return handler(visit)
        except RefusedError as refused:
            visit.note(refused)
            name = "broken.html" if any(one.code == "P060" for one in refused.problems) else "stopped.html"
            return visit.page(name, status=409, problems=refused.problems)

    def _is_inside(self, request: Request) -> bool:
        session = self.sessions.find(request.cookies.get(COOKIE, ""))
        return session is not None and session.token is not None

    def _is_too_often(self, visit: Visit) -> bool:
        if visit.session.token is not None:
            return not visit.session.bucket.take()
        return visit.request.method == "POST" and not self.strangers.take()

    def _session(self, request: Request) -> Session:
        session = self.sessions.find(request.cookies.get(COOKIE, ""))
        if session is None:
            return self.sessions.open()
        known = session.token
        if known and not (
            known in tokens(self.desk.settings.folders, self.desk.year) and is_good(known, self.sessions.clock())
        ):
            self.sessions.close(session.key)
            return self.sessions.open()
        return session


_REASONS = {
    400: "请求不完整，没有办理。请返回上一页重新填写。",
    403: "您的身份不能使用这个功能。",
    404: "没有这个页面。",
    405: "没有这个页面。",
    413: f"提交的内容太大，没有收下。上传的文件不能超过{LARGEST_BODY // 1024 // 1024}MB，请确认选择的是审核表。",
    419: "页面打开太久或者登录已经变化，为了安全没有办理。请刷新页面后重新提交。",
    429: "操作太频繁，没有办理。请稍等一分钟再试。",
    500: "程序出错，页面没有打开。刚才提交的内容是否已经记入，请看“记录链”。仍打不开的，请联系管理员查看程序日志。",
}


def _check_length(request: Request, largest: int) -> None:
    """Refuse a form that says no length, as no browser does, or one that is too long; the server reads no more."""
    length = request.headers.get("content-length", "")
    if not (length.isascii() and length.isdecimal()):
        raise HTTPException(411)
    if int(length) > largest:
        raise HTTPException(413)


def _to_login(visit: Visit) -> Response:
    if visit.is_partial:
        return Response(status_code=204, headers={"HX-Redirect": "/login"})
    return RedirectResponse("/login", status_code=303)


async def _static(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in render.STATIC:
        raise HTTPException(404)
    content, kind = render.static(name)
    return Response(content, media_type=kind, headers={"Cache-Control": "max-age=3600"})


class _Headers:
    """Sends the same headers with every answer; what an answer says itself stands."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, sending)
