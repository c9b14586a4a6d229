"""The decision log: it reads back as written, grows at its end, and nobody can change it unseen."""

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onevisit.decisions import Decision, Entry, canonical_json, extended, log_text, parse_log
from onevisit.errors import RefusedError

THIS = "a" * 64


def entry(kind="approve", role="reviewer", by="张三") -> Entry:
    return Entry(
        at="2026-12-28T10:00:00+08:00", kind=kind, by=by, role=role, plan_fingerprint=THIS, what="同意", why="已核对"
    )


REVIEW = entry()
APPROVAL = entry(role="approver", by="李四")
JUDGEMENT = Entry(
    at="2026-11-05T10:00:00+08:00",
    kind="judge",
    by="王五",
    role="judge",
    what="判断为同一对象",
    why="同一店面",
    channel="workbook 0123456789abcdef 疑似重复 row 4",
    details={"left_key": "scjg:1", "right_key": "wj:2", "judgement": "same"},
)


def test_a_log_reads_back_as_it_was_written_and_grows_at_its_end_only():
    log = extended([], [REVIEW, APPROVAL])
    longer = extended(log, [entry(kind="withdraw")])
    assert parse_log(log_text(log)) == log
    assert log_text(longer).startswith(log_text(log))
    assert [record.seq for record in longer] == [1, 2, 3]
    assert longer[0].previous_hash == "0" * 64


def broken(text: str) -> str:
    with pytest.raises(RefusedError) as refused:
        parse_log(text)
    [one] = refused.value.problems
    assert one.code == "P060"
    return one.reason


def test_a_changed_record_is_found_with_its_number():
    lines = log_text(extended([], [REVIEW, APPROVAL, REVIEW])).splitlines(keepends=True)
    forged = json.dumps(
        {**json.loads(lines[1]), "by": "王五"}, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    assert "第2条" in broken(lines[0] + forged + "\n" + lines[2])


def test_a_removed_swapped_inserted_or_cut_record_is_found():
    lines = log_text(extended([], [REVIEW, APPROVAL, REVIEW])).splitlines(keepends=True)
    assert "第2条" in broken(lines[0] + lines[2])
    assert "第1条" in broken(lines[1] + lines[0])
    assert "第2条" in broken(lines[0] + lines[0] + lines[1])
    assert "第3条" in broken("".join(lines)[:-5])
    assert "第1条" in broken("签批\n")
    assert "第1条" in broken("{}\n")


def test_a_rewritten_log_that_chains_by_itself_still_has_other_hashes():
    one, other = extended([], [REVIEW, APPROVAL]), extended([], [entry(by="王五"), APPROVAL])
    assert one[1].hash != other[1].hash


def test_sign_off_and_judgements_are_links_of_one_chain():
    log = extended([], [JUDGEMENT, REVIEW, JUDGEMENT, APPROVAL])
    assert parse_log(log_text(log)) == log
    lines = log_text(log).splitlines(keepends=True)
    assert "第3条" in broken(lines[0] + lines[1] + lines[2].replace("same", "different") + lines[3])


def test_a_record_from_before_a_field_was_added_keeps_its_place():
    old = {
        name: value
        for name, value in json.loads(log_text(extended([], [REVIEW]))).items()
        if name not in ("channel", "details", "hash")
    }
    sealed = {**old, "hash": hashlib.sha256(canonical_json(old).encode()).hexdigest()}
    text = canonical_json(sealed) + "\n"
    longer = extended(parse_log(text), [APPROVAL])
    assert len(parse_log(text + log_text(longer[1:]))) == 2


TEXT = st.text(st.characters(codec="utf-8"), max_size=20)


@given(
    st.lists(
        st.builds(
            Entry,
            at=TEXT,
            kind=st.just("judge"),
            by=TEXT,
            role=st.just("judge"),
            what=TEXT,
            why=TEXT,
            details=st.dictionaries(TEXT, TEXT, max_size=3),
        ),
        max_size=4,
    )
)
def test_whatever_people_write_the_log_reads_back(entries: list[Entry]):
    log: list[Decision] = extended([], entries)
    assert parse_log(log_text(log)) == log
