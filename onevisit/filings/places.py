"""Where something stands in the filings: one sheet of one file of one department."""

from dataclasses import dataclass

from onevisit.county import Department
from onevisit.errors import Problem, problem
from onevisit.filings.kinds import Kind


@dataclass(frozen=True, slots=True)
class Place:
    """One sheet of one file: what it lists and whose it is; `sheet` is empty for a CSV."""

    department: Department
    kind: Kind
    file: str
    sheet: str

    def problem(self, code: str, row: int, *, column: str = "", value: str = "", **details: object) -> Problem:
        """Make a problem of this sheet; messages may name the kind and the department's settings file."""
        return problem(
            code,
            file=self.file,
            sheet=self.sheet,
            row=row,
            column=column,
            value=value,
            kind=self.kind.key,
            key=self.department.key,
            **details,
        )
