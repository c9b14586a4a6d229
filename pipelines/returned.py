"""Workbooks that come back from departments: what came of one, and the one that goes back with its mistakes marked."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from assets.files import write_whole
from onevisit.marking import Fault

WRONG = "（有错误）"
"""How the workbook that goes back is named beside the one that came."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it, in Chinese, and whether it was refused."""

    text: str
    is_refused: bool = False


def write_beside(path: Path, content: bytes, mark: str) -> Path:
    """Write a workbook beside the one that came, under its name and a mark, and return where it lies.

    One that comes back a second time bears its mark already.
    """
    back = path.with_name(f"{path.stem.removesuffix(mark)}{mark}.xlsx")
    write_whole(back, content)
    return back


def sent_back(path: Path, marked: bytes, faults: Iterable[Fault], *, what: str, form: str) -> Outcome:
    """Write a workbook back with its mistakes marked.

    `what` is what was not recorded (判断), `form` what the workbook is called (核对表).
    """
    lines = [fault.problem.text("zh") for fault in faults]
    back = write_beside(path, marked, WRONG)
    told = [f"没有导入：表中有 {len(lines)} 处错误，全部{what}都没有记录。", *lines, f"已写回标红的{form}：{back}"]
    return Outcome("\n".join(told), is_refused=True)
