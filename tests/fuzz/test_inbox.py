"""Spoilt filings are refused by name or read as they stand; the long form reads many more: `make faults`."""

import io
import json
import re
import resource
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable

import xlsxwriter

from onevisit.errors import RefusedError
from onevisit.filings.sheets import read_sheets
from tests.fuzz.inbox import Tally, county, fuzz
from tests.fuzz.mutations import members_of, zipped

MEGABYTE = 1 << 20


def test_of_spoilt_filings_nothing_is_lost_nothing_is_changed_and_every_refusal_says_what_to_do():
    tally = Tally()
    assert list(fuzz(county(), count=300, seed=2027, tally=tally)) == []
    assert set(tally.states) == {"kept", "refused", "noted"}
    # Else the mutations no longer reach what they are for.
    assert {"F005", "F006", "F007", "F008", "F010", "F011", "F021", "F022", "F023", "F032", "F035"} <= set(tally.codes)


def _book(rows: list[list[str]]) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        sheet = book.add_worksheet("名录")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return target.getvalue()


def _forged(pattern: bytes, claim: bytes) -> bytes:
    members = members_of(_book([["名称", "代码"], ["甲", "1"]]))
    return zipped({name: re.sub(pattern, lambda _: claim, xml, flags=re.DOTALL) for name, xml in members.items()})


def _huge_member() -> bytes:
    return zipped(members_of(_book([["名称"]])) | {"xl/media/image1.png": bytes(201 * MEGABYTE)})


def _huge_sheet() -> bytes:
    cells = b'<row r="1"><c r="A1"><v>1</v></c></row>' * 5_500_000
    return _forged(rb"<sheetData>.*</sheetData>", b"<sheetData>" + cells + b"</sheetData>")


def _forged_size() -> bytes:
    """A member whose directory says ten bytes, and whose stream goes on for a gigabyte."""
    data = zipped(members_of(_book([["名称"]])) | {"xl/bomb.xml": bytes(100 * MEGABYTE)})
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        size = archive.getinfo("xl/bomb.xml").file_size
    return data.replace(size.to_bytes(4, "little"), (10).to_bytes(4, "little"))


BOMBS: dict[str, Callable[[], bytes]] = {
    "a huge file beside the sheets": _huge_member,
    "a sheet that unpacks to hundreds of megabytes": _huge_sheet,
    "a size forged in the directory": _forged_size,
    "a far row": lambda: _forged(rb'<row r="2"', b'<row r="4000000000"'),
    "a far cell": lambda: _forged(rb'<c r="B2"', b'<c r="XFD1048576"'),
    "far cells in apostrophes": lambda: _forged(rb'<c r="B2"', b"<c r='XFD1048576'"),
    "billions of texts claimed": lambda: _forged(rb'uniqueCount="[0-9]+"', b'uniqueCount="4000000000"'),
    "one long text in thousands of cells": lambda: _book([["甲" * 32_000]] * 20_000),
    "millions of empty cells without a place": lambda: _forged(
        rb"<row r=.*</row>", b"<row>" + b"<c/>" * 1_000_000 + b"</row>"
    ),
    "entities within entities": lambda: _forged(
        rb"<sst",
        b"<!DOCTYPE a ["
        + b"".join(b'<!ENTITY e%d "%s">' % (i, b"&e%d;" % (i - 1) * 10) for i in range(1, 12))
        + b"]><sst",
    ),
    "a million empty rows claimed": lambda: _forged(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:XFD1048576"'),
    "blank lines": lambda: b"a,b\n" + b"\n" * 20_000_000 + b"c,d\n",
    "quotation marks": lambda: b'"' * 20_000_000,
}
"""What would fill the memory or take minutes, were it read as it asks to be."""


def detonate(name: str) -> dict[str, float | str]:
    """Read one bomb in this process; return what was said of it, the seconds, and the memory in megabytes."""
    data = BOMBS[name]()
    before, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    try:
        said = (
            f"{sum(sheet.cells.height for sheet in read_sheets('a.csv' if data[:2] != b'PK' else 'a.xlsx', data))} rows"
        )
    except RefusedError as refused:
        said = refused.problems[0].code
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return {"said": said, "seconds": time.monotonic() - begun, "megabytes": grown / 1024}


def detonate_all() -> None:
    """Read every bomb and print what came of each."""
    sys.stdout.writelines(f"{json.dumps({'name': name, **detonate(name)})}\n" for name in BOMBS)


def test_every_bomb_is_defused_in_moments_and_in_little_memory():
    # A process of its own: what a bomb would end must not be the tests.
    code = "from tests.fuzz.test_inbox import detonate_all; detonate_all()"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    found = [json.loads(line) for line in run.stdout.splitlines()]
    assert run.returncode == 0, (found[-1:], run.stderr)
    assert [one["name"] for one in found] == list(BOMBS)
    for one in found:
        assert one["said"] in {"F005", "F010", "F011", "F017", "2 rows"}, one
        assert one["seconds"] < 20, one
        assert one["megabytes"] < 1000, one
