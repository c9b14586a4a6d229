"""Suspicions (疑似利害关系): that an inspector and whoever answers for an object share a name.

In a county that is mostly chance, so by itself it keeps nobody apart: the inspector's department is
asked. Its answers stand in the decision logs, this year's and all earlier ones; the last word on a
pair counts, and `withdrawn` takes an earlier word back. Who is to keep away has an interest from
then on, and leaves a team already drawn as with any late recusal.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

from onevisit.decisions import Decision, Entry
from onevisit.registries.names import plain
from onevisit.registries.tables import Interests, Suspicions
from onevisit.tables import frame_of

Word = Literal["recuse", "clear", "withdrawn"]
Pair = tuple[str, str]
"""Inspector and object."""

WORDS: dict[Word, str] = {"recuse": "应当回避", "clear": "不需回避", "withdrawn": "撤回原答复"}
"""What officials choose from."""

RELATION, SOURCE = "同名，经核对应当回避", "组织核查"
"""How an interest that a department confirmed stands among the others."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a department says of a suspicion, before it is in the log."""

    suspicion_id: str
    pair: Pair
    word: Word
    by: str
    why: str
    channel: str


def suspicion_id_of(person_id: str, object_id: str) -> str:
    """Return the number of a suspicion, the same in every year."""
    return f"H-{hashlib.sha256(f'{person_id}|{object_id}'.encode()).hexdigest()[:10].upper()}"


def entry_of(answer: Answer, *, at: str, is_demonstration: bool) -> Entry:
    """Return an answer as it goes into the decision log."""
    person_id, object_id = answer.pair
    return Entry(
        at=at,
        kind="recuse",
        by=answer.by,
        role="judge",
        what=f"{WORDS[answer.word]}：{answer.suspicion_id}（{person_id} 与 {object_id}）",
        why=answer.why,
        channel=answer.channel,
        details={
            "suspicion_id": answer.suspicion_id,
            "person_id": person_id,
            "object_id": object_id,
            "answer": answer.word,
        },
        is_demonstration=is_demonstration,
    )


def answers(logs: Sequence[tuple[int, Sequence[Decision]]]) -> dict[Pair, Decision]:
    """Return the last word on each pair in the decision logs (year, log); none where it was taken back."""
    last = {
        (record.details["person_id"], record.details["object_id"]): record
        for _, log in sorted(logs, key=lambda one: one[0])
        for record in log
        if record.kind == "recuse"
    }
    return {pair: record for pair, record in last.items() if record.details["answer"] != "withdrawn"}


def confirmed(said: dict[Pair, Decision], inspectors: pl.DataFrame) -> pl.DataFrame:
    """Return the interests that departments confirmed, of people who are on the register (`Interests`)."""
    department: dict[str, str] = dict(inspectors.select("person_id", pl.col("departments").list.first()).iter_rows())
    rows: list[dict[str, object]] = [
        {
            "person_id": person_id,
            "object_id": object_id,
            "relation": RELATION,
            "declared_by": SOURCE,
            "department": department[person_id],
        }
        for (person_id, object_id), record in sorted(said.items())
        if record.details["answer"] == "recuse" and person_id in department
    ]
    return frame_of(Interests, rows)


def suspicions(
    said: dict[Pair, Decision], *, inspectors: pl.DataFrame, objects: pl.DataFrame, interests: pl.DataFrame
) -> pl.DataFrame:
    """Return every pair of an inspector who may be sent and a living object that share a name, with its answer.

    Pairs that something surer keeps apart are not asked about.
    """
    people = inspectors.filter("is_eligible").select(
        "person_id", name=plain(pl.col("name")), department=pl.col("departments").list.first()
    )
    places = objects.filter("is_living").select("object_id", name=plain(pl.col("legal_rep"))).drop_nulls("name")
    settled = interests.filter(pl.col("relation") != RELATION).select("person_id", "object_id")
    pairs = people.join(places, on="name").join(settled, on=["person_id", "object_id"], how="anti")
    rows: list[dict[str, object]] = [
        {
            "suspicion_id": suspicion_id_of(person_id, object_id),
            "person_id": person_id,
            "object_id": object_id,
            "department": department,
            "grounds": "与负责人同名",
        }
        for person_id, object_id, department in pairs.select("person_id", "object_id", "department").iter_rows()
    ]
    return answered(frame_of(Suspicions, rows).sort("department", "suspicion_id"), said)


def answered(asked: pl.DataFrame, said: dict[Pair, Decision]) -> pl.DataFrame:
    """Return suspicions with the answers that hold now, whatever held when they were written."""
    rows: list[dict[str, object]] = [
        {**row, **_said(said.get((row["person_id"], row["object_id"])))} for row in asked.iter_rows(named=True)
    ]
    return frame_of(Suspicions, rows)


def _said(record: Decision | None) -> dict[str, str | None]:
    if record is None:
        return {"answer": None, "by": None, "at": None, "why": None}
    return {"answer": record.details["answer"], "by": record.by, "at": record.at, "why": record.why}
