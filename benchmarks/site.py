"""The benchmark of the public site: `python -m benchmarks.site DATA`. What each row means stands in README.md."""

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Annotated

import typer
from playwright.sync_api import Page, sync_playwright

from assets.folders import Folders
from assets.publish import known_held, site_held, switch
from assets.warehouse import Warehouse
from benchmarks.table import Row, tell
from onevisit.publish.privacy import Known
from onevisit.publish.release import assemble
from onevisit.publish.releases import History
from onevisit.publish.site import Site, site_pages
from pipelines.settings import read_county

_SECONDS = 20
_PAGE_BYTES = 100_000
_SEARCH_MILLISECONDS = 10
_QUERIES = ("超市", "店 镇", "有限公司", "92510", "没有这个名字")

_TIMED = """(asked) => {
  const input = document.getElementById("find"), times = [];
  for (let n = 0; n < 20; n += 1) {
    for (const one of asked) {
      input.value = one;
      const start = performance.now();
      input.dispatchEvent(new Event("input"));
      times.push(performance.now() - start);
    }
  }
  return times;
}"""


@dataclass(frozen=True, slots=True)
class Setting:
    """A county's site, and a browser's page to open it in."""

    site: Site
    known: Known
    files: Mapping[str, bytes]
    page: Page
    repeat: int

    @property
    def county(self) -> str:
        """Return how large the county is."""
        tables = self.site.tables
        return f"{self.site.register.height:,} objects, {tables['plan'].height} tasks, {tables['drawn'].height:,} drawn"


def build(setting: Setting) -> Iterator[Row]:
    """Seconds for a whole release, every file read by the privacy gate; the same files written beside it.

    Seconds of processors count, because it is one thread and the clock tells how busy the machine is.
    """
    runs = [_times(lambda: assemble(setting.site, setting.known)) for _ in range(setting.repeat)]
    pages = [_times(lambda: site_pages(setting.site)) for _ in range(setting.repeat)]
    with tempfile.TemporaryDirectory() as folder:
        written = _times(lambda: switch(Path(folder) / "public", setting.files))
    busy = median(run.processor for run in runs)
    yield Row(
        "building the site",
        setting.county,
        f"{busy:.1f} s of one processor, {median(run.processor for run in pages):.1f} s of it for the pages; "
        f"by the clock {median(run.clock for run in runs):.1f} s",
        f"≤ {_SECONDS} s",
        f"writing the same {sum(map(len, setting.files.values())):,} bytes: {written.processor:.1f} s, "
        f"by the clock {written.clock:.1f} s",
        busy <= _SECONDS,
    )


def size(setting: Setting) -> Iterator[Row]:
    """Bytes of the largest page and of the largest script."""
    for kind, ending in (("page", ".html"), ("script", ".js")):
        largest = max((len(data), name) for name, data in setting.files.items() if name.endswith(ending))
        yield Row(
            f"largest {kind}",
            setting.county,
            f"{largest[0]:,} bytes ({largest[1]})",
            f"≤ {_PAGE_BYTES:,} bytes",
            "",
            largest[0] <= _PAGE_BYTES,
        )


def search(setting: Setting) -> Iterator[Row]:
    """Milliseconds from a key pressed to the rows standing in the page, in headless Chromium."""
    with tempfile.TemporaryDirectory() as folder:
        switch(Path(folder) / "public", setting.files)
        setting.page.goto((Path(folder) / "public" / "search.html").as_uri())
        times = sorted(setting.page.evaluate(_TIMED, list(_QUERIES)))
    yield Row(
        "search among the drawn",
        setting.county,
        f"median {median(times):.1f} ms, 95 of 100 within {times[int(0.95 * len(times))]:.1f} ms",
        f"≤ {_SEARCH_MILLISECONDS} ms, 95 of 100",
        "",
        times[int(0.95 * len(times))] <= _SEARCH_MILLISECONDS,
    )


ROWS: dict[str, Callable[[Setting], Iterator[Row]]] = {"build": build, "size": size, "search": search}

app = typer.Typer(add_completion=False)


@dataclass(frozen=True, slots=True)
class _Times:
    clock: float
    processor: float


def _times(work: Callable[[], object]) -> _Times:
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return _Times(time.perf_counter() - clock, time.process_time() - processor)


@app.command()
def main(
    data: Annotated[Path, typer.Argument(help="Data of a county whose year has run, as `onevisit demo` leaves it.")],
    *,
    county: Annotated[Path, typer.Option(help="Its settings.")] = Path("county"),
    year: Annotated[int, typer.Option(help="The year.")] = 2027,
    rows: Annotated[str, typer.Option(help=f"Rows to measure: {', '.join(ROWS)}.")] = ",".join(ROWS),
    repeat: Annotated[int, typer.Option(help="How often times are taken; the median counts.")] = 3,
    chromium: Annotated[str, typer.Option(help="The browser.")] = "/usr/bin/chromium",
    output: Annotated[Path | None, typer.Option(help="File for the table; else it is printed.")] = None,
) -> None:
    """Measure the site of a county and print the table as Markdown; exit 1 when a figure is not reached.

    Example: onevisit demo --entities 25000 --data big && python -m benchmarks.site big
    """
    settings, warehouse = read_county(county), Warehouse(Folders(data))
    with warehouse.held():
        site = replace(site_held(warehouse, settings, year), history=History())
        known = known_held(warehouse, site, year)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium)
        setting = Setting(site, known, assemble(site, known), browser.new_page(), repeat)
        found = [row for name in rows.split(",") for row in ROWS[name](setting)]
        browser.close()
    tell(found, "benchmarks.site", output)


if __name__ == "__main__":
    app()
