"""A county's settings: what a clerk or an engineer edits in `county/`, typed and checked.

Texts in, one frozen `County` out; who reads the files from disk is the pipelines' business.
A wrong or unknown setting is refused with its file and key.
"""

import csv
import datetime as dt
import io
import tomllib
from collections.abc import Mapping
from functools import cached_property
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from onevisit.calendar import Day, WorkingDays, calendar_days
from onevisit.errors import Problem, RefusedError, problem

CreditClass = Literal["A", "B", "C", "D", "N"]
CLASSES: tuple[CreditClass, ...] = ("A", "B", "C", "D", "N")
"""Credit risk classes in protocol order; N = not classified, or class not applied."""


S = TypeVar("S", bound="Settings")


class Settings(BaseModel):
    """Base of all settings: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Department(Settings):
    """One department: how its files look and what is expected of them (county/departments/<key>.toml)."""

    key: str = Field(pattern=r"[a-z]{2,8}")
    """Short ASCII name: asset and table name, `filings.<key>`."""
    name: str
    """Full Chinese name, also the inbox folder's name: 县市场监管局."""
    prefix: str = Field(pattern=r"[A-Z]{2,5}")
    """Prefix of its item codes: SCJG in SCJG-001."""
    owner: str
    """Who answers for the data: an e-mail address or team:<name>."""
    registers: bool = False
    """Whether it is the registering authority, whose names and states come first (市场监管)."""
    expected_objects: tuple[int, int] = (1, 1_000_000)
    """How many rows of 检查对象名录 are plausible; outside is a warning, not an error."""
    columns: dict[str, dict[str, str]] = {}
    """Per kind: the department's own header -> field, where the synonyms do not know it."""
    fixes: dict[str, dict[str, str]] = {}
    """Per field: a value as filed -> the value meant."""


class PlanRules(Settings):
    """Limits on the yearly plan (policy III.5); ratios in basis points."""

    general_cap_bp: int = 1000
    class_multipliers: dict[CreditClass, int] = {"A": 100, "B": 150, "C": 250, "D": 400, "N": 100}
    """Percent of the cap a class may reach when a row applies the classes."""
    class_caps_bp: dict[CreditClass, int] = {"C": 6000, "D": 10000}
    """Own caps of the risky classes, where larger than the multiplied cap."""
    merge_max_items: int = 8
    merge_max_departments: int = 5
    merge_min_common_workdays: int = 10
    merge_min_overlap: float = 0.5
    """Least overlap coefficient |A and B| / min(|A|, |B|) of two rows' scopes, 0-1."""


class VisitRules(Settings):
    """Limits on visits and teams (policy IV)."""

    max_items_per_visit: int = 8
    inspectors_per_department: int = 2
    start_within_workdays: int = 5
    retirement_age: int = 60


class DrawRules(Settings):
    """Settings of the public draw (protocol ov1)."""

    witnesses: list[str] = ["discipline", "enterprise", "notary"]
    chain_holders: list[str] = ["discipline", "notary"]
    source_kind: str = "beacon"
    source_name: str = "notary-hall-digits"
    batches: int = 4
    substitutes: int = 20
    sparing_bp: int = 8000
    exempt_classes: str = "D"
    days_before_window: int = 5
    """A task is drawn at most so many working days before its window opens."""


class ResultRules(Settings):
    """Clocks on results."""

    publish_within_workdays: int = 20


class Demonstration(Settings):
    """Set only in a made-up county: scripted clock, ceremony and sign-off, marked 示例 everywhere."""

    seed: str
    today: dt.date
    sample_years: list[int]


class County(Settings):
    """Everything that says whose county this is."""

    name: str
    code: str = Field(pattern=r"[0-9]{6}")
    id_prefix: str = Field(pattern=r"[A-Z]{2}")
    """Two letters before minted object ids: DY."""
    list_version: str
    towns: list[str]
    town_aliases: dict[str, str] = {}
    """Spelling as filed -> town of `towns`."""
    outside_partners: list[str] = []
    """Organs outside the sixteen that departments name as partners, for a clearer message."""
    plan: PlanRules = PlanRules()
    visits: VisitRules = VisitRules()
    draw: DrawRules = DrawRules()
    results: ResultRules = ResultRules()
    demonstration: Demonstration | None = None
    departments: list[Department]
    synonyms: dict[str, dict[str, list[str]]]
    """Per kind, per field: the headers known for it (county/synonyms.toml)."""
    items_csv: str
    """The list of record (county/items.csv), as text: 随机抽查事项清单."""
    guides_csv: str
    """The inspection guides (county/guides.csv), as text: 抽查工作指引."""
    calendar_csv: str

    @cached_property
    def department_by_name(self) -> dict[str, Department]:
        """Departments by full Chinese name."""
        return {department.name: department for department in self.departments}

    @cached_property
    def department_names(self) -> list[str]:
        """Full Chinese names, sorted by key."""
        return [department.name for department in self.departments]

    def working_days(self, year: int) -> WorkingDays:
        """Return the calendar from the year before to the year after."""
        samples = self.demonstration.sample_years if self.demonstration else []
        return WorkingDays(calendar_days(range(year - 1, year + 2), _overrides(self.calendar_csv), samples))


def parse_county(texts: Mapping[str, str]) -> County:
    """Make a county from its files: relative path -> text.

    Needs county.toml, synonyms.toml, items.csv, guides.csv, calendar.csv and departments/*.toml.
    Raises RefusedError (C001 file missing, C002 not TOML, C003 wrong setting).
    """
    needed = ("county.toml", "synonyms.toml", "items.csv", "guides.csv", "calendar.csv")
    missing = [problem("C001", file=name) for name in needed if name not in texts]
    if missing:
        raise RefusedError(missing)
    problems: list[Problem] = []
    tables = {name: _toml(name, text, problems) for name, text in texts.items() if name.endswith(".toml")}
    departments = [
        parsed
        for name, table in sorted(tables.items())
        if name.startswith("departments/") and (parsed := _checked(Department, table, name, problems))
    ]
    if problems:
        raise RefusedError(problems)
    settings = {
        **tables["county.toml"],
        "departments": departments,
        "synonyms": tables["synonyms.toml"],
        "items_csv": texts["items.csv"],
        "guides_csv": texts["guides.csv"],
        "calendar_csv": texts["calendar.csv"],
    }
    county = _checked(County, settings, "county.toml", problems)
    if county is None:
        raise RefusedError(problems)
    return county


def _toml(name: str, text: str, problems: list[Problem]) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problems.append(problem("C002", file=name, detail=str(error)))
        return {}


def _checked(model: type[S], table: object, name: str, problems: list[Problem]) -> S | None:
    try:
        return model.model_validate(table)
    except ValidationError as error:
        for one in error.errors():
            key = ".".join(str(part) for part in one["loc"])
            problems.append(problem("C003", file=name, column=key, value=str(one["input"])[:80], detail=one["msg"]))
        return None


def _overrides(calendar_csv: str) -> list[Day]:
    rows = csv.DictReader(io.StringIO(calendar_csv))
    return [
        Day(dt.date.fromisoformat(r["date"]), r["is_workday"] == "yes", _state(r["state"]), r["note"]) for r in rows
    ]


def _state(text: str) -> Literal["official", "sample"]:
    # A county cannot declare a day provisional: that is what a day is until somebody declares it.
    return "sample" if text == "sample" else "official"
