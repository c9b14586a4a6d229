"""The release: every file anybody may see, as path -> bytes, after the privacy gate has read it."""

import hashlib
from collections.abc import Mapping

import polars as pl

from onevisit.publish.open_data import open_data
from onevisit.publish.privacy import Guarded, refuse_personal
from onevisit.publish.site import Site, site_pages
from onevisit.publish.tables import Released
from onevisit.tables import frame_of

STATEMENT = "隐私检查.txt"


def data_files(site: Site) -> dict[str, bytes]:
    """Return the open-data files of a release by name."""
    frames = {
        "items": site.items,
        "plan": site.plan,
        "rounds": site.rounds,
        "drawn": site.drawn,
        "results": site.results,
    }
    return open_data(frames, title=f"{site.county}双随机、一公开", note=note_of(site))


def note_of(site: Site) -> str:
    """Return the line that stands on every file: year, data date, and 示例 where it is made up."""
    made_up = "（示例数据，不代表任何真实主体或检查）" if site.is_demonstration else ""
    return f"{site.year} 年度　数据截至 {site.as_of:%Y-%m-%d}{made_up}"


def build_release(
    site: Site, data: Mapping[str, bytes], evidence: Mapping[str, Mapping[str, bytes]], guarded: Guarded
) -> dict[str, bytes]:
    """Return the whole release: pages, open data, draw evidence, and the gate's statement.

    Raises RefusedError with every personal thing found in any file.
    """
    files = {
        **site_pages(site),
        **{f"open-data/{name}": content for name, content in data.items()},
        **{
            f"draws/{serial}/{name}": content for serial, folder in evidence.items() for name, content in folder.items()
        },
    }
    refuse_personal(files, guarded)
    return {**files, STATEMENT: _statement(site, len(files)).encode()}


def released(files: Mapping[str, bytes]) -> pl.DataFrame:
    """Return the table of a release's files; all of them went through the gate or were made by it."""
    return frame_of(
        Released,
        [
            {
                "path": path,
                "sha256": hashlib.sha256(content).hexdigest(),
                "byte_count": len(content),
                "is_scanned": True,
            }
            for path, content in sorted(files.items())
        ],
    )


def _statement(site: Site, count: int) -> str:
    return (
        f"{site.county}　{note_of(site)}\n"
        f"隐私检查：本次发布的 {count} 个文件已逐一读过，未发现公民身份号码、电话、邮箱、银行卡号、"
        "执法证编号和检查人员、专家姓名。发现任何一项，发布即停止。\n"
    )
