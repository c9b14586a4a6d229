"""What the provincial platform refused, taken into the year's log."""

from pathlib import Path

from assets.files import append_private
from assets.platform import read_receipts, rows_written
from onevisit.errors import RefusedError, problem
from onevisit.publish.platform import failures, is_recorded, log_lines
from pipelines.settings import Settings


def record_receipt(settings: Settings, file: Path, year: int) -> list[str]:
    """Record the refused rows of a receipt; return what to tell of it. Raises RefusedError (U104-U106)."""
    content, folders = file.read_bytes(), settings.folders
    if is_recorded(read_receipts(folders, year), content):
        raise RefusedError([problem("U106", file=file.name)])
    county = settings.county()
    found = failures(county.platform, rows_written(folders, county, year), file.name, content)
    append_private(folders.platform_receipts(year), log_lines(found))
    unmatched = [str(one["row"]) for one in found if one["record"] is None]
    lines = [f"{found[0]['kind']}：登记 {len(found)} 行导入失败，待办见 onevisit status。"]
    return [*lines, f"与已生成的文件对不上的行：{'、'.join(unmatched)}。"] if unmatched else lines
