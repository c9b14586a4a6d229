"""版本记录: a release says what it changed against the one before, and nothing when nothing changed."""

import re
from dataclasses import replace

from onevisit.publish.release import assemble
from onevisit.publish.releases import LISTING, LOG, History, continued, history_files, parse_history
from tests.onevisit.publish.counties import TODAY, known, made, site_of

COUNTY = made()
PAGE = "<html><main>{}</main><footer>{}</footer></html>"


def files(**mains: str) -> dict[str, bytes]:
    return {f"tasks/{name}.html": PAGE.format(main, "今天").encode() for name, main in mains.items()}


def test_a_release_names_what_is_new_what_changed_and_what_is_gone():
    first = continued(History(), files(a="1", b="2", c="3"), day="2027-01-01", fingerprint="f")
    second = continued(first, files(a="1", b="two", d="4"), day="2027-01-02", fingerprint="f")
    assert [entry["number"] for entry in second.entries] == [1, 2]
    assert second.entries[0]["added"] == []
    assert [second.entries[1][kind] for kind in ("added", "changed", "removed")] == [
        ["tasks/d.html"], ["tasks/b.html"], ["tasks/c.html"],
    ]  # fmt: skip


def test_another_day_in_the_footer_is_no_change_and_the_same_content_adds_no_entry():
    first = continued(History(), {"a.html": PAGE.format("1", "昨天").encode()}, day="2027-01-01", fingerprint="f")
    assert continued(first, {"a.html": PAGE.format("1", "今天").encode()}, day="2027-01-02", fingerprint="f") is first


def test_what_a_release_leaves_for_the_next_is_read_back():
    history = continued(History(), files(a="1"), day="2027-01-01", fingerprint="f")
    kept = history_files(history)
    assert parse_history(kept[LISTING], kept[LOG]) == history
    assert parse_history(b"", b"") == History()


def test_a_second_release_says_on_its_page_what_it_changed_and_a_third_the_same_bytes():
    first = assemble(site_of(COUNTY), known(COUNTY))
    assert "本年度首次发布" in first["releases.html"].decode()
    history = parse_history(first[LISTING], first[LOG])
    assert assemble(replace(site_of(COUNTY), history=history), known(COUNTY)) == first
    later = TODAY.replace(month=12)
    site = site_of(COUNTY, later)
    second = assemble(replace(site, history=history), known(COUNTY))
    page = second["releases.html"].decode()
    assert "第 2 次发布" in page
    assert "新增：抽中名单" in page
    assert "更新：抽取" in page
    assert "抽取结果（CSV）" in page
    assert "抽取结果公告（Word）" in page
    assert not re.search(r">(open-data|notices)/\w", page)
    again = replace(site, history=parse_history(second[LISTING], second[LOG]))
    assert assemble(again, known(COUNTY)) == second
