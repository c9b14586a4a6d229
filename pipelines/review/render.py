"""Pages from templates: what every one of them knows, and how times and numbers are written."""

import datetime as dt
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from onevisit.decisions import Role
from onevisit.plan.rulings import TITLES, needs_reason
from onevisit.publish.open_data import SAMPLE_NOTICE
from onevisit.publish.site import short_window, window_text
from pipelines.review.access import ROLES
from pipelines.review.acts import COMMAND_LINE, PAGE, seen_of
from pipelines.review.lists import anchor_of, filed

NAVIGATION = (
    ("/", "待办"),
    ("/questions", "逐项"),
    ("/merges", "合并对照"),
    ("/versions", "版本差异"),
    ("/upload", "上传审核表"),
    ("/sign", "签批"),
    ("/log", "记录链"),
)

STATIC = {
    "site.css": ("onevisit.publish", "text/css"),
    "review.css": ("pipelines.review", "text/css"),
    "htmx.js": ("pipelines.review", "text/javascript"),
}
"""File -> the package it lies in and its type: the public site's sheet is the page's too."""


def page(name: str, context: Mapping[str, Any], *, status: int = 200) -> Response:
    """Return a template's page."""
    return HTMLResponse(_environment().get_template(name).render(context), status)


@cache
def static(name: str) -> tuple[bytes, str]:
    """Return a file every page needs, and its type."""
    package, kind = STATIC[name]
    return files(package).joinpath(name).read_bytes(), kind


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("pipelines.review"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {
        "navigation": NAVIGATION,
        "roles": ROLES,
        "titles": TITLES,
        "sample_notice": SAMPLE_NOTICE,
        "short_window": short_window,
        "window_text": window_text,
        "needs_reason": needs_reason,
        "seen_of": seen_of,
        "anchor_of": anchor_of,
        "filed": filed,
    }
    made.filters |= {
        "moment": _moment,
        "count": _count,
        "visits": _visits,
        "percent": "{:.1%}".format,
        "role": _role,
        "channel": _channel,
    }
    return made


def _role(role: Role) -> str:
    return ROLES.get(role, "判断人")


def _channel(channel: str) -> str:
    """Return how a record came, as officials read it; a workbook is told by its digest, sheet and row."""
    words = {PAGE: "审核页面", COMMAND_LINE: "命令行", "demonstration": "示例"}
    return words.get(channel, channel.replace("workbook ", "工作簿 ").replace(" row ", " 行 "))


def _moment(at: str) -> str:
    return f"{dt.datetime.fromisoformat(at):%Y-%m-%d %H:%M}"


def _count(number: int) -> str:
    return f"{number:,}"


def _visits(number: float) -> str:
    return f"{number:,.1f}"
