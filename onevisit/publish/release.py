"""A release: every file the public gets, by path, and the proof that it may go out.

Nothing here writes. The switch from the old release to the new is made by the asset, and only for
what passed the privacy gate and the proof-reading.
"""

import hashlib
import json
from collections.abc import Mapping

import polars as pl

from onevisit.errors import RefusedError
from onevisit.publish import privacy, proofread
from onevisit.publish.notices import notice_files, notices_of
from onevisit.publish.open_data import DATASETS, SAMPLE_NOTICE
from onevisit.publish.privacy import Known
from onevisit.publish.site import Site, notices_page, release_pages, site_pages
from onevisit.publish.tables import Released
from onevisit.tables import columns_of, frame_of
from onevisit.workers import begun

STATEMENT = "privacy.json"

ALLOWED = {
    one.key: frozenset(name for column in columns_of(one.model) for name in (column.name, column.title))
    for one in DATASETS
}
"""The allow-list of columns: what each table of the open data may have."""


def assemble(site: Site, known: Known) -> dict[str, bytes]:
    """Return the files of a release by path.

    Raises RefusedError with every hit of the privacy gate (U001-U003) and every flaw of a page (U011, U012).
    """
    evidence = {
        f"draws/{serial}/{name}": data for serial, public in site.draws.items() for name, data in public.items()
    }
    # Most of all that is read, and there before any page is made.
    found = begun(privacy.personal_data, evidence, known)
    notices = notices_of(site)
    made = {
        **site_pages(site),
        **notices_page(site, [(one.name, one.document.title) for one in notices]),
        **{f"open-data/{name}": data for name, data in site.open_data.items()},
        **{f"notices/{name}": data for name, data in notice_files(notices).items()},
    }
    made |= release_pages(site, made | evidence)
    made[STATEMENT] = _statement(site, made | evidence)
    files = made | evidence
    problems = [*privacy.personal_data(made, known), *found.result()]
    problems += privacy.unlisted_columns(files, ALLOWED)
    problems += proofread.flaws(files, names=proofread.written([*site.tables.values(), site.submitted]))
    if problems:
        raise RefusedError(problems)
    return dict(sorted(files.items()))


def released_table(files: Mapping[str, bytes]) -> pl.DataFrame:
    """Return one row per file of a release that `assemble` let pass."""
    return frame_of(
        Released,
        [
            {"path": path, "sha256": hashlib.sha256(data).hexdigest(), "byte_count": len(data), "is_scanned": True}
            for path, data in sorted(files.items())
        ],
    )


def _statement(site: Site, files: Mapping[str, bytes]) -> bytes:
    content = {
        **privacy.statement(files),
        "data_date": site.today.isoformat(),
        "notice": SAMPLE_NOTICE if site.is_demonstration else "",
    }
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()
