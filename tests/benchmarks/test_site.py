"""The benchmark of the site runs on a made county; its figures mean nothing and none is timed here."""

import pytest
from playwright.sync_api import Browser

from benchmarks.site import ROWS, Setting
from benchmarks.table import markdown
from onevisit.publish.release import assemble
from tests.onevisit.publish.counties import known, made, site_of


@pytest.mark.browser
def test_every_row_can_be_filled(browser: Browser):
    page = browser.new_page()
    site, words = site_of(made()), known(made())
    setting = Setting(site, words, assemble(site, words), page, repeat=1)
    found = [row for measure in ROWS.values() for row in measure(setting)]
    assert [row.name for row in found] == [
        "building the site", "largest page", "largest script", "search among the drawn",
    ]  # fmt: skip
    assert all(line.count("|") == 7 for line in markdown(found, "command").splitlines() if line[:1] == "|")
    page.close()
