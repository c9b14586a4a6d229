"""What the machine has decides what runs; what it lacks is skipped in one visible line per reason.

With ONEVISIT_NO_SKIPS set (continuous integration) any skip fails the run, but for want of shared data.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright

from onevisit.county import County
from pipelines.settings import read_county

# A property holds or not; how long a busy machine takes to see it is no property.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

REPOSITORY = Path(__file__).resolve().parents[1]
SHARED = REPOSITORY.parent / "shared"
SHARED_REASON = "needs the shared data beside the checkout"
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
"""How Chromium runs in a test: without a screen, and without looking anything up."""


@cache
def _has_chinese_fonts() -> bool:
    if shutil.which("fc-list") is None:
        return False
    return bool(subprocess.run(["fc-list", ":lang=zh"], capture_output=True, check=True).stdout.strip())


@cache
def _missing() -> dict[str, str]:
    has_browser = shutil.which("chromium") is not None and _has_chinese_fonts()
    return {
        **({} if has_browser else {"browser": "needs chromium and fonts with Chinese characters"}),
        **({} if shutil.which("soffice") else {"office": "needs LibreOffice"}),
        **({} if find_spec("pyspark") and shutil.which("java") else {"spark": "needs onevisit[spark] and Java 17"}),
        **({} if shutil.which("systemd-analyze") else {"systemd": "needs systemd-analyze"}),
        **({} if shutil.which("pdftotext") else {"poppler": "needs poppler-utils"}),
        **({} if SHARED.is_dir() else {"shared": SHARED_REASON}),
    }


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for marker, reason in _missing().items():
            if item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))


def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and os.environ.get("ONEVISIT_NO_SKIPS"):
        # Data beside the checkout is nothing a machine can install.
        skipped = [report for report in reporter.stats.get("skipped", []) if SHARED_REASON not in str(report.longrepr)]
        if skipped:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def repository() -> Path:
    """The checkout's top folder."""
    return REPOSITORY


@pytest.fixture(scope="session")
def county() -> County:
    """The demonstration county's settings."""
    return read_county(REPOSITORY / "county")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium that calls nobody, for tests marked `browser`."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def shared() -> Path:
    """Data beside the checkout, for tests marked `shared`."""
    return SHARED
