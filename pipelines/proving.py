"""Proofs of membership: a business was, or was not, in the list frozen before a draw.

Read from the sealed evidence. Of it, a proof shows what the protocol allows (section 1) and no more:
the id asked about or its two neighbours, and hashes. Neither names, classes and marks nor how long the list is.
"""

from pathlib import Path

from assets.evidence import evidence_folders
from assets.folders import Folders
from onevisit.draw import typed
from onevisit.draw.merkle import merkle_root, proof_file, prove
from onevisit.errors import RefusedError, problem

TEXT = """名录证明

场次：{serial}
对象：{object_id}
结论：{object_id}{verdict}本场抽取前冻结的检查对象名录中。
公布的名录根（ROOT）：{root}

怎样核对
1. 在公开网站本场的抽取公告中找到名录根（ROOT），与上面的一致。
2. 打开公开网站的“在浏览器里重算”，在“核对一户在不在名录里”选择 {name}，
   填入名录根和对象编号。也可以运行：
   python verify.py {name} {root} {object_id}
两种办法都不需要联网。

{shown}本证明不显示名称、信用风险分类，也不显示名录有多少户。在名录中不等于被抽中。
"""
NEIGHBOURS = "不在名录中，由名录里前后相邻的编号证明，因此证明中有这些编号。"


def write_proofs(folders: Folders, year: int, code: str, *, serial: str | None, to: Path) -> list[Path]:
    """Write a proof (JSON, and a text about it) for each draw of a year, or for one attempt; return the files.

    Void attempts are proved only when asked for by their serial. Raises RefusedError: D008, D018, D048 for
    what is no canonical id, D120 when nothing was drawn, D080 when a sealed list is no longer the published one.
    """
    object_id = typed.object_id(code)
    drawn = [folder for folder in evidence_folders(folders, year) if _is_meant(folder, serial)]
    if not drawn:
        raise RefusedError([problem("D120", value=serial or f"{year}")])
    proofs = [proof for folder in drawn for proof in _proof(folder, object_id)]
    to.mkdir(parents=True, exist_ok=True)
    for name, data in proofs:
        (to / name).write_bytes(data)
    return [to / name for name, _ in proofs]


def _is_meant(folder: Path, serial: str | None) -> bool:
    return folder.name == serial if serial else (folder / "drawn.tsv").is_file()


def _proof(folder: Path, object_id: str) -> list[tuple[str, bytes]]:
    objects = (folder / "objects.tsv").read_bytes()
    root = merkle_root(objects)
    if (folder / "ROOT").read_bytes() != f"{root}\n".encode():
        raise RefusedError([problem("D080", file=f"{folder.name}/ROOT")])
    leaves = prove(objects, object_id)
    is_listed = [leaf.object_id for leaf in leaves] == [object_id]
    name = f"proof-{folder.name}-{object_id}.json"
    text = TEXT.format(
        serial=folder.name,
        object_id=object_id,
        verdict="在" if is_listed else "不在",
        root=root,
        name=name,
        shown="" if is_listed else NEIGHBOURS,
    )
    return [(name, proof_file(object_id, leaves)), (f"{Path(name).stem}.txt", text.encode())]
