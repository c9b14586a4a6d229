"""Steps as people take them: done again changes nothing, out of order is refused in words."""

import re
from collections.abc import Mapping

import pytest

from onevisit.draw import events, steps, verify
from onevisit.draw.ceremony import chain_code
from onevisit.draw.ceremony import commit as commitment_of
from onevisit.draw.evidence import replay, rows_of
from onevisit.draw.form import sha256
from onevisit.draw.freeze import Parties
from onevisit.draw.trail import read_trail
from onevisit.errors import RefusedError
from tests.onevisit.draw.samples import IDS, OPEN, ROWS, RULES, STAFF, objects, signed

SERIAL = "510923-2027-01-1"
PLAN = signed(ROWS)
RECORD = events.plan_record(PLAN, OPEN, is_demonstration=False)
SECRETS = {name: sha256(name) for name in RULES.witnesses}
STARTS = {holder: sha256(f"chain of {holder}") for holder in RULES.chain_holders}
HEADS = {holder: chain_code(start, 4) for holder, start in STARTS.items()}


def at(clock: str) -> str:
    return f"2027-02-26T{clock}:00+08:00"


def frozen(chains: Mapping[str, str] = HEADS):
    return steps.freeze(
        PLAN, OPEN, serial=SERIAL, objects=objects(60), history=b"", rules=RULES,
        parties=Parties(chains, at("10:00")), mark_secret="", staff=STAFF, at=at("09:00"), earlier=None,
    )  # fmt: skip


def commitment(files: Mapping[str, bytes], name: str) -> str:
    return commitment_of(sha256(files["MANIFEST"]), SERIAL, name, SECRETS[name])


def committed():
    files = frozen()
    for name in RULES.witnesses:
        files = steps.commit(files, name, commitment(files, name), at=at("09:10"))
    return files


def revealed():
    files = committed()
    for name in RULES.witnesses:
        files = steps.reveal(files, name, SECRETS[name], at=at("09:30"))
    return files


def shown():
    return steps.show_source(revealed(), "42", at=at("10:00"))


def drawn():
    return steps.draw(shown(), RECORD, at=at("10:01"))


def codes(number: int) -> dict[str, str]:
    return {holder: chain_code(start, 4 - number) for holder, start in STARTS.items()}


def refusal(call, *arguments, **named) -> RefusedError:
    with pytest.raises(RefusedError) as refused:
        call(*arguments, **named)
    return refused.value


def test_every_step_says_whose_turn_comes_next():
    kinds = [steps.next_step(files()) for files in (frozen, committed, revealed, shown, drawn)]
    assert [(one.kind, one.party) for one in kinds] == [
        ("commit", "discipline"), ("reveal", "discipline"), ("beacon", "beacon"), ("run", ""), ("drawn", ""),
    ]  # fmt: skip
    assert kinds[0].text() == "由纪检监察（discipline）提交承诺"
    assert "2027-02-26 10:00" in kinds[2].text()


def test_the_steps_together_are_a_round_that_both_verifiers_accept():
    assert replay(drawn()) == []
    verify.verify(verify.Folder(drawn()))


def test_a_step_done_again_changes_nothing():
    one = RULES.witnesses[0]
    begun, whole = frozen(), drawn()
    first = steps.commit(begun, one, commitment(begun, one), at=at("09:10"))
    assert steps.commit(first, one, commitment(begun, one), at=at("09:11")) == first
    # Also when the round went on since.
    assert steps.commit(whole, one, commitment(begun, one), at=at("11:00")) == whole
    assert steps.reveal(whole, one, SECRETS[one], at=at("11:00")) == whole
    assert steps.show_source(whole, "42", at=at("11:00")) == whole
    assert steps.draw(whole, RECORD, at=at("11:00")) == whole


@pytest.mark.parametrize("made", [frozen, committed, revealed, shown, drawn])
def test_every_step_but_the_next_one_is_refused(made):
    files = made()
    last = RULES.witnesses[-1]
    takes = {
        "commit": lambda: steps.commit(files, last, "0" * 64, at=at("12:00")),
        "reveal": lambda: steps.reveal(files, last, "0" * 64, at=at("12:00")),
        "beacon": lambda: steps.show_source(files, "43", at=at("12:00")),
        "run": lambda: steps.draw(files, RECORD, at=at("12:00")),
        "codes": lambda: steps.substitute(files, "T001", IDS[0], codes(1), at=at("12:00")),
    }
    own = {"drawn": "run"}.get(steps.next_step(files).kind, steps.next_step(files).kind)
    for kind, take in takes.items():
        if kind != own:
            assert {one.code for one in refusal(take).problems} <= {"D090", "D091", "D092"}, kind


def test_a_refusal_out_of_turn_says_in_chinese_whose_turn_it_is():
    files = frozen()
    said = refusal(steps.reveal, files, "notary", SECRETS["notary"], at=at("09:20")).zh()
    assert "现在应当由纪检监察（discipline）提交承诺" in said


def test_witnesses_commit_in_their_order_and_strangers_never():
    files = frozen()
    assert "D090" in str(refusal(steps.commit, files, "notary", commitment(files, "notary"), at=at("09:10")))
    assert "D049" in str(refusal(steps.commit, files, "mayor", "0" * 64, at=at("09:10")))
    # The Cyrillic letter that looks like an o.
    assert "D049" in str(refusal(steps.commit, files, "nоtary", "0" * 64, at=at("09:10")))


def test_nobody_commits_to_two_values_or_reveals_two():
    files = committed()
    assert "D091" in str(refusal(steps.commit, files, "notary", "0" * 64, at=at("09:20")))
    files = steps.reveal(files, "discipline", SECRETS["discipline"], at=at("09:30"))
    refused = refusal(steps.reveal, files, "discipline", "f" * 64, at=at("09:31"))
    assert "D092" in str(refused)
    assert "f" * 64 not in refused.zh()


def test_a_wrong_secret_is_refused_before_it_is_in_the_trail_and_is_not_shown():
    files = committed()
    refused = refusal(steps.reveal, files, "discipline", "f" * 64, at=at("09:30"))
    assert "D043" in str(refused)
    assert "f" * 64 not in refused.zh()
    assert steps.next_step(files).party == "discipline"


def test_a_witness_who_reveals_when_the_source_may_be_known_is_refused_and_the_attempt_goes_void():
    files = committed()
    assert "D045" in str(refusal(steps.reveal, files, "discipline", SECRETS["discipline"], at=at("10:00")))
    after = steps.void(files, RECORD, reason="见证人未按时揭示", at=at("10:05"))
    assert steps.next_step(after).kind == "void"
    assert steps.void(after, RECORD, reason="又一次", at=at("10:06")) == after
    verify.verify(verify.Folder(after))


def test_the_source_waits_for_its_moment():
    assert "D044" in str(refusal(steps.show_source, revealed(), "42", at=at("09:59")))


def test_the_source_has_one_value():
    assert "D092" in str(refusal(steps.show_source, shown(), "43", at=at("10:01")))


@pytest.mark.parametrize("made", [frozen, committed, revealed])
def test_an_attempt_may_be_given_up_while_its_result_cannot_be_computed(made):
    after = steps.void(made(), RECORD, reason="公共随机源未公布", at=at("11:00"))
    assert steps.next_step(after).kind == "void"
    assert replay(after) == []
    verify.verify(verify.Folder(after))


def test_whoever_can_compute_the_result_cannot_give_it_up():
    assert "D094" in str(refusal(steps.void, shown(), RECORD, reason="结果不理想", at=at("10:01")))
    assert "D046" in str(refusal(steps.void, drawn(), RECORD, reason="结果不理想", at=at("10:02")))


def test_a_clock_that_goes_back_is_refused():
    files = frozen()
    one = RULES.witnesses[0]
    assert "D093" in str(refusal(steps.commit, files, one, commitment(files, one), at=at("08:59")))


def test_the_heads_of_the_chains_are_those_of_their_holders():
    assert "D098" in str(refusal(frozen, {"notary": HEADS["notary"]}))
    assert "D098" in str(refusal(frozen, {**HEADS, "mayor": "0" * 64}))


def test_a_loss_is_in_the_trail_before_any_code_is_shown():
    whole = drawn()
    lost = rows_of(whole, "drawn.tsv").filter(task="T001")["id"][0]
    waiting = steps.lose(whole, "T001", lost, reason="已停业", at=at("15:00"))
    assert steps.next_step(waiting).kind == "codes"
    assert steps.lose(waiting, "T001", lost, reason="已停业", at=at("15:01")) == waiting
    verify.verify(verify.Folder(waiting))
    assert replay(waiting) == []
    assert "D053" in str(refusal(steps.substitute, waiting, "T001", lost, codes(2), at=at("15:05")))
    assert "D098" in str(refusal(steps.substitute, waiting, "T001", lost, {"notary": "0" * 64}, at=at("15:05")))
    after = steps.substitute(waiting, "T001", lost, codes(1), at=at("15:05"))
    assert steps.substitute(after, "T001", lost, codes(1), at=at("15:06")) == after
    assert [line.event for line in read_trail(after["TRAIL"])[0]][-2:] == ["plan", "substitute"]
    assert "D090" in str(refusal(steps.substitute, after, "T001", lost, codes(2), at=at("15:06")))
    verify.verify(verify.Folder(after))


def test_one_loss_waits_at_a_time_and_only_of_a_business_that_stands():
    whole = drawn()
    lost, other = rows_of(whole, "drawn.tsv").filter(task="T001")["id"].unique().sort()[:2]
    undrawn = min(set(IDS) - set(rows_of(whole, "drawn.tsv").filter(task="T001")["id"]))
    assert "D054" in str(refusal(steps.lose, whole, "T001", undrawn, reason="已停业", at=at("15:00")))
    waiting = steps.lose(whole, "T001", lost, reason="已停业", at=at("15:00"))
    assert re.search("D090.*", str(refusal(steps.lose, waiting, "T001", other, reason="已停业", at=at("15:01"))))


def test_a_substitute_may_be_lost_too_until_the_chains_end():
    files = drawn()
    lost = rows_of(files, "drawn.tsv").filter(task="T001")["id"][0]
    for number in range(1, 5):
        files = steps.lose(files, "T001", lost, reason="已停业", at=at("15:00"))
        files = steps.substitute(files, "T001", lost, codes(number), at=at("15:00"))
        lost = rows_of(files, "substitutes.tsv").filter(number=str(number))["new"][0]
    assert "D052" in str(refusal(steps.lose, files, "T001", lost, reason="已停业", at=at("15:10")))
