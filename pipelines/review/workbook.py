"""The filled review workbook on its way into the log: one function for the page and the command line."""

from collections.abc import Callable
from dataclasses import dataclass

from assets.clock import today
from onevisit.decisions import Entry
from onevisit.plan.review_import import Returned, read_review
from onevisit.plan.review_workbook import PlanReview, review_workbook
from onevisit.plan.rulings import entry_of
from pipelines.review.desk import Desk, View


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of a filled workbook: with a mistake nothing of it is recorded."""

    returned: Returned
    first_seq: int
    """Number of the first record it made."""
    marked: bytes | None
    """The workbook with its mistakes, and what was left out, marked; None when there is nothing to mark."""

    @property
    def is_refused(self) -> bool:
        """Whether nothing was recorded because of mistakes."""
        return bool(self.returned.filled.mistakes)


def import_workbook(desk: Desk, name: str, data: bytes, *, by: str) -> Imported:
    """Record every ruling of a filled workbook in one append, or none; `by` answered where it names nobody.

    Raises RefusedError: what `read_review` refuses of the file itself, C005, P060.
    """

    def make(view: View) -> tuple[list[Entry], Callable[[View], Imported]]:
        returned = read_review(name, data, review_of(view), role="reviewer", by=by)
        at, is_demonstration = desk.now(), desk.county.demonstration is not None
        entries = [
            entry_of(one, fingerprint=view.fingerprint, at=at, is_demonstration=is_demonstration)
            for one in returned.rulings
        ]

        def then(after: View) -> Imported:
            filled = returned.filled
            marked = review_workbook(review_of(after), filled) if filled.faults else None
            return Imported(returned, len(view.log) + 1, marked)

        return entries, then

    return desk.record(make)


def review_of(view: View) -> PlanReview:
    """Return what lies on the desk as the workbook shows it."""
    approval = view.standing.approval
    return PlanReview(
        county=view.county.name,
        today=today(view.county),
        is_demonstration=view.county.demonstration is not None,
        departments=view.county.department_names,
        fingerprint=view.fingerprint,
        approved_at=approval.at if approval else None,
        record_count=len(view.log),
        tables=view.tables,
    )
