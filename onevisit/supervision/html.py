"""The report as one printable page: no script, nothing loaded from elsewhere."""

from jinja2 import Environment, PackageLoader, StrictUndefined

from onevisit.supervision.charts import chart
from onevisit.supervision.grids import TOTALS, chinese_number, shown
from onevisit.supervision.measures import responsible
from onevisit.supervision.report import Report
from onevisit.supervision.scores import percent
from onevisit.text import chinese_day

TOP_PROBLEMS = 5
"""Lines per department on the page; the workbook has them all."""


def html(report: Report) -> bytes:
    """Return the page in UTF-8."""
    pages = Environment(
        loader=PackageLoader("onevisit.supervision"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    page = pages.get_template("report.html")
    words = {
        "day": chinese_day,
        "percent": percent,
        "shown": shown,
        "whole": TOTALS,
        "numeral": chinese_number,
        "responsible": responsible,
    }
    return page.render(report=report, top=TOP_PROBLEMS, chart=chart, **words).encode()
