"""The demonstration's reviewer: an answer to every question of its made-up plan, some of them a no.

Scripted, like the ceremony: the smallest merge is rejected, so that the year shows what a rejection
does; the first move is taken, the others not; a partner without an item brings its first one, or stays.
"""

from collections.abc import Iterable

from onevisit.plan.answers import Reply, answer
from onevisit.plan.questions import Question
from onevisit.plan.rulings import ANSWERS, Answer, Ruling

BY = "示例审核人"
_WHY = "示例县的演示决定，不是真实的审核意见"


def demonstration_rulings(questions: Iterable[Question]) -> list[Ruling]:
    """Return an answer to every question that waits."""
    waiting = [question for question in questions if question.waits]
    firsts = {question.topic: question.key for question in reversed(waiting)}
    lasts = {question.topic: question.key for question in waiting}
    return [
        _answered(one, is_first=firsts[one.topic] == one.key, is_last=lasts[one.topic] == one.key) for one in waiting
    ]


def _answered(question: Question, *, is_first: bool, is_last: bool) -> Ruling:
    chosen = _chosen(question, is_first=is_first, is_last=is_last)
    wanted = question.wanted
    value = min(wanted.items, default="") if wanted and chosen in wanted.answers else ""
    reply = Reply(ANSWERS[question.topic][chosen], value=value, why=_WHY, by=BY)
    return answer(question, reply, role="reviewer", channel="demonstration")


def _chosen(question: Question, *, is_first: bool, is_last: bool) -> Answer:
    match question.topic:
        case "merge":
            # Steps come with the largest saving first.
            return "reject" if is_last and not is_first else "accept"
        case "move":
            return "accept" if is_first else "reject"
        case "alias":
            return "same" if is_first else "different"
        case "partner_item":
            return "add" if is_first and question.wanted and question.wanted.items else "none"
        case "conflict":
            return "limit" if "limit" in question.choices.values() else "keep"
        case _:
            return "keep"
