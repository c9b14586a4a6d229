"""What a draw of people tells of itself while it goes on; how it is written down is in `proof.py`."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from onevisit.visits.groups import Group
from onevisit.visits.match import Account


@dataclass(frozen=True, slots=True)
class Drawing:
    """One drawing with one lot: a department's people or its fixed groups, a task's leaders or experts."""

    serial: str
    lot: str
    """What the lot's key is of, as the protocol names it: `teams/510923/ga`."""
    start: Mapping[str, int]
    """What everybody carried before, by commitment."""
    groups: tuple[Group, ...] = ()
    """The groups dealt, where groups were drawn."""
    account: Account = field(default_factory=Account)

    @property
    def kind(self) -> str:
        """What was drawn: teams, leaders or experts."""
        return self.lot.partition("/")[0]
