"""The headers a department writes: its own words first, else one of the words every department uses."""

from collections.abc import Sequence

from onevisit.county import County, Department
from onevisit.text import squeeze


def header_of(county: County, department: Department, kind: str, fields: Sequence[str]) -> list[str]:
    """Return the header of a department's file; departments vary in the common words they prefer."""
    own = {name: header for header, name in department.columns.get(kind, {}).items()}
    taken = {squeeze(header): name for header, name in department.columns.get(kind, {}).items()}
    index = county.department_names.index(department.name)

    def common(name: str) -> str:
        words = [word for word in county.synonyms[kind][name] if taken.get(squeeze(word), name) == name]
        return words[index % len(words)]

    return [own.get(name) or common(name) for name in fields]
