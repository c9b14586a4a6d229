"""The minutes of an attempt (抽取记录) as documents to print and sign: before the reveals, and after.

The fingerprints stand as digits and as QR codes, so that a telephone compares them with what is
published. Of a witnessed round nothing is written down from which a risk class could be read: no
stratum, no ticket, and no fingerprint of a file that guessing could match (protocol, section 9).
"""

import io
from collections.abc import Mapping, Sequence

import polars as pl
import segno

from onevisit.county import County
from onevisit.documents.content import Document
from onevisit.draw import steps
from onevisit.draw.evidence import Evidence, disclosure_of, records_of, replays_of, rows_of, serial_of
from onevisit.draw.form import sha256
from onevisit.draw.frozen import frozen_names
from onevisit.draw.trail import attempts_of, head, read_trail
from onevisit.errors import RefusedError, problem
from onevisit.text import chinese_moment

BEFORE, AFTER = "抽取前", "抽取后"
_NOTICE = "示例：以下内容由程序生成，不是真实的抽取记录。"
_QR_WIDTH = 34
_WAYS = {"open": "公开", "witnessed": "见证公开"}


def minutes_of(files: Evidence, *, county: County, last_heads: Sequence[str]) -> dict[str, Document]:
    """Return the minutes that fit how far an attempt is: file name without its ending -> document.

    `last_heads` are the heads of last year's trails. Those after are made when it is drawn or void.
    Raises RefusedError (D090) before every witness has committed.
    """
    waits = steps.next_step(files)
    if waits.kind == "commit":
        raise RefusedError([problem("D090", value=serial_of(files), next=waits.text(), next_en=waits.kind)])
    serial = serial_of(files)
    made: dict[str, Document] = {}
    if set(steps.said(files, "COMMITS")) == set(steps.witnesses_of(files)):
        made[f"{serial}-{BEFORE}"] = _before(files, county, last_heads)
    if steps.is_closed(files):
        made[f"{serial}-{AFTER}"] = _after(files, county)
    return made


def _before(files: Evidence, county: County, last_heads: Sequence[str]) -> Document:
    document = _begun(files, county, BEFORE)
    document.heading("一、冻结内容")
    objects, tasks = rows_of(files, "objects.tsv").height, rows_of(files, "plan.tsv")["task"].unique().sort()
    document.paragraph(
        f"本场次抽取任务{'、'.join(tasks)}，检查对象名录{objects:,}户，方式为{_WAYS[disclosure_of(files)]}。"
        f"公共随机源约定于{chinese_moment(steps.moment_of(files))}公布；此前各方数值均已揭示，任何人无法预知结果。"
    )
    _fingerprint(document, "冻结指纹（C）", sha256(files["MANIFEST"]))
    _fingerprint(document, "名录根（ROOT）", files["ROOT"].decode().strip())
    if disclosure_of(files) == "open":
        document.table(
            [("冻结文件", 52), ("指纹（SHA-256）", 102)],
            [[name, _grouped(sha256(files[name]))] for name in frozen_names(files)],
        )
    document.heading("二、各见证人的承诺")
    document.table([("见证人", 52), ("承诺", 102)], _said(steps.said(files, "COMMITS")))
    document.heading("三、递补码链的链首")
    document.table([("持有人", 52), ("链首", 102)], _said(steps.chains_of(files)))
    if last_heads:
        document.heading("四、上一年度的留痕链首")
        document.table([("链首", 154)], [[_grouped(one)] for one in last_heads])
    _signing(document, files)
    return document


def _after(files: Evidence, county: County) -> Document:
    document = _begun(files, county, AFTER)
    is_drawn = "drawn.tsv" in files
    document.heading("一、各方揭示的数值")
    document.table([("揭示方", 52), ("数值", 102)], _said(steps.said(files, "REVEALS")))
    document.heading("二、抽取结果" if is_drawn else "二、作废原因")
    if is_drawn:
        _fingerprint(document, "抽取种子", files["SEED"].decode().strip())
        document.paragraph(f"共抽中检查对象{rows_of(files, 'drawn.tsv')['id'].n_unique():,}户，各任务户数如下。")
        document.table([("任务", 50), ("抽中（户）", 40), ("项次", 40)], _counts(files))
        if lost := steps.losses(files):
            document.paragraph(f"抽取后退出{len(lost)}户，已出示递补码{files['CODES'].count(10)}次。")
    else:
        document.paragraph(str(records_of(files, "void")[-1]["reason"]))
    document.heading("三、留痕")
    lines, _ = read_trail(files["TRAIL"])
    document.paragraph(
        f"留痕共{len(lines)}行，最后一行记于{chinese_moment(lines[-1].at)}。今后出示的留痕须与下列链首相符或在其后续写。"
    )
    _fingerprint(document, "留痕链首", head(files["TRAIL"]))
    if is_drawn and disclosure_of(files) == "witnessed":
        _replays(document, files)
    _signing(document, files)
    return document


def _replays(document: Document, files: Evidence) -> None:
    """Where every witness signs beside the digest of its replay."""
    document.heading("四、见证人的复算摘要")
    document.paragraph(
        "每名见证人用封存材料的副本自行重算，每一项都相符才得到复算摘要；登记后重新打印本记录，由见证人与自己抄录的摘要核对并签字。"
    )
    said = replays_of(files)
    rows = [
        [f"{steps.called(name)}（{name}）", _grouped(said.get(name, "尚未登记")), ""]
        for name in steps.witnesses_of(files)
    ]
    document.signing([("见证人", 40), ("复算摘要", 84), ("签字", 30)], rows)


def _begun(files: Evidence, county: County, when: str) -> Document:
    document = Document(f"{county.name}双随机抽查抽取记录（{when}）", notice=_NOTICE if county.demonstration else "")
    begun = attempts_of(read_trail(files["TRAIL"])[0])[-1][0].at
    document.paragraph(f"场次编号：{serial_of(files)}。冻结时间：{chinese_moment(begun)}。")
    return document


def _fingerprint(document: Document, title: str, value: str) -> None:
    picture = io.BytesIO()
    # A fixed scale and no text of the library's own: the same digits give the same bytes.
    segno.make(value, error="m", micro=False).save(picture, kind="png", scale=6, border=4)
    document.image(picture.getvalue(), f"{title}\n{_grouped(value)}", width=_QR_WIDTH)


def _signing(document: Document, files: Evidence) -> None:
    document.heading("签字")
    document.paragraph("以上内容当场核对无误。")
    people = [f"{steps.called(name)}（{name}）" for name in steps.witnesses_of(files)]
    document.signing(
        [("参加人", 54), ("签字", 60), ("日期", 40)], [[who, "", ""] for who in [*people, "组织单位（盖章）", "记录人"]]
    )


def _counts(files: Evidence) -> list[list[str]]:
    by_task = rows_of(files, "drawn.tsv").group_by("task").agg(pl.col("id").n_unique(), count=pl.len()).sort("task")
    return [[task, f"{objects:,}", f"{count:,}"] for task, objects, count in by_task.iter_rows()]


def _said(values: Mapping[str, str]) -> list[list[str]]:
    return [[f"{steps.called(name)}（{name}）", _grouped(value)] for name, value in values.items()]


def _grouped(value: str) -> str:
    """Return 64 digits as they are read out, two lines of eight groups of four; anything else as it is."""
    if len(value) != 64:
        return value
    fours = [value[at : at + 4] for at in range(0, 64, 4)]
    return f"{' '.join(fours[:8])}\n{' '.join(fours[8:])}"
