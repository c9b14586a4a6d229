"""A county's settings: what a clerk or an engineer edits in `county/`, typed and checked.

Texts in, one frozen `County` out; who reads the files from disk is the pipelines' business.
A wrong or unknown setting is refused with its file and key.
"""

import datetime as dt
import tomllib
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from onevisit.calendar import Day, WorkingDays, calendar_days, read_overrides
from onevisit.errors import Problem, RefusedError, problem
from onevisit.results.tables import RESULT_TYPES, UNFINISHED

CreditClass = Literal["A", "B", "C", "D", "N"]
CLASSES: tuple[CreditClass, ...] = ("A", "B", "C", "D", "N")
"""Credit risk classes in protocol order; N = not classified, or class not applied."""


Share = Annotated[float, Field(ge=0, le=1)]

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
    registers: list[Annotated[str, Field(pattern=r"^[1-9A-Z][0-9A-Z]?$")]] = []
    """How the credit codes it gives out begin: ["9"] for 市场监管, ["N"] for 农业农村. Of these its word is first."""
    licenses: bool = False
    """Whether it licenses premises or trades, and so knows where an object really is and who answers the phone."""
    expected_objects: tuple[int, int] = (1, 1_000_000)
    """How many rows of 检查对象名录 are plausible; outside is a warning, not an error."""
    columns: dict[str, dict[str, str]] = {}
    """Per kind: the department's own header -> field, where the synonyms do not know it."""
    fixes: dict[str, dict[str, str]] = {}
    """Per field: a value as filed -> the value meant."""


class RaiseRules(Settings):
    """Signals that raise an object's credit class for the plan (policy III.5: 提高抽查比例和频次)."""

    complaints_from: int = Field(default=3, ge=1)
    """So many complaints that count in a year raise an object by one class."""
    abnormal_at_least: Literal["B", "C", "D"] = "C"
    """A listing among abnormal operations that was not lifted raises an object to this class."""


Effect = Annotated[str, Field(pattern=r"^(=|\+[1-3]|[BCD])$")]
"""= leaves the class as it is, +n counts so many classes riskier, B C D at least that class."""

_EFFECTS: dict[str, Effect] = {
    "公示信息隐瞒真实情况弄虚作假": "+1",
    "通过登记的住所（经营场所）无法联系": "C",
    "不配合检查情节严重": "D",
    "发现问题待后续处理": "+1",
    UNFINISHED: "+1",
}
"""What a result does to next year's class where the county says nothing; any other leaves it."""


class FrequencyRules(Settings):
    """How often one department may come to one object in a year (published 涉企检查年度频次上限)."""

    times_per_year: int = Field(default=2, ge=1)
    departments: dict[str, Annotated[int, Field(ge=1)]] = {}
    """Per department key: a limit of its own."""
    exempt_words: list[Annotated[str, Field(min_length=1)]] = ["投诉举报", "案件线索", "上级交办", "复查"]
    """A plan row whose task name or note holds one of these is no routine check: it is neither counted nor deferred."""

    def limit(self, department: "Department") -> int:
        """Return how many visits a year a department may pay one object."""
        return self.departments.get(department.key, self.times_per_year)


class PlanRules(Settings):
    """Limits on the yearly plan (policy III.5); ratios in basis points."""

    general_cap_bp: int = 1000
    class_multipliers: dict[CreditClass, int] = {"A": 100, "B": 150, "C": 250, "D": 400, "N": 100}
    """Percent of the cap a class may reach when a row applies the classes."""
    class_caps_bp: dict[CreditClass, int] = {"C": 6000, "D": 10000}
    """Own caps of the risky classes, where larger than the multiplied cap."""
    raises: RaiseRules = RaiseRules()
    """Signals that move an object up among the classes."""
    feedback: dict[str, Effect] = Field(default=_EFFECTS, validate_default=True)
    """Result type, or 处置未完结 -> what it does to next year's class."""
    frequency: FrequencyRules = FrequencyRules()
    merge_max_items: int = 8
    merge_max_departments: int = 5
    crowded_share: Share = 0.8
    """A month in which a department needs more than this share of what its people can do is crowded."""
    due: str = "12-31"
    """Month and day of the year before by which departments hand in their plans and the plan is made (policy III.5)."""
    merge_min_common_workdays: int = 10
    merge_min_overlap: float = 0.5
    """Least overlap coefficient |A and B| / min(|A|, |B|) of two rows' scopes, 0-1."""
    merge_least_told: float = 1.0
    """Fewer expected visits than this are not worth a line when told what a rule costs."""
    merge_max_shift_workdays: int = 60
    """A window is proposed to move by at most so many working days."""
    merge_least_moved: float = 2.0
    """A window is proposed to move only for so many expected visits."""
    alias_min_similarity: float = 0.6
    """Least likeness of two items' names to ask whether they are the same, 0-1."""

    @model_validator(mode="after")
    def _draws_worse_credit_no_less(self) -> "PlanRules":
        multipliers = [self.class_multipliers.get(letter, 0) for letter in CLASSES]
        if min(multipliers) < 1 or multipliers[:4] != sorted(multipliers[:4]):
            raise ValueError("class_multipliers must name A B C D N, and rise from A to D")
        return self

    @field_validator("feedback")
    @classmethod
    def _says_what_every_result_does(cls, feedback: dict[str, Effect]) -> dict[str, Effect]:
        grounds = [*RESULT_TYPES, UNFINISHED]
        if unknown := sorted(set(feedback) - set(grounds)):
            raise ValueError(f"no result type: {'、'.join(unknown)}")
        return {ground: feedback.get(ground, _EFFECTS.get(ground, "=")) for ground in grounds}

    @field_validator("due")
    @classmethod
    def _is_a_day(cls, due: str) -> str:
        # In a year without a leap day, so that it is a day of every year.
        dt.date.fromisoformat(f"2001-{due}")
        return due

    def due_on(self, year: int) -> dt.date:
        """Return the day by which the plan of a year is due."""
        return dt.date.fromisoformat(f"{year - 1}-{self.due}")


class VisitRules(Settings):
    """Limits on visits and teams (policy IV)."""

    max_items_per_visit: int = 8
    max_departments_per_visit: int | None = Field(default=None, ge=1)
    """How many departments may come at once; none: as many as have something to check."""
    min_days_between_visits: int | None = Field(default=None, ge=1)
    """How many days at least from one visit to an object to the next; none: any days will do."""
    inspectors_per_department: int = 2
    visits_per_person_day: int = Field(default=2, ge=1)
    """How many doors one inspector can check on one working day, way and papers included."""
    start_within_workdays: int = 5
    retirement_age: int = 60
    former_post_years: int = Field(default=3, ge=0)
    """Whoever worked at an object within so many years before the plan's does not check it."""


class DrawRules(Settings):
    """Settings of the public draw (protocol ov1)."""

    witnesses: list[str] = ["discipline", "enterprise", "notary"]
    chain_holders: list[str] = ["discipline", "notary"]
    source_kind: str = "beacon"
    source_name: str = "notary-hall-digits"
    batches: int = Field(default=4, ge=1)
    substitutes: int = Field(default=20, ge=1)
    sparing_bp: int = Field(default=8000, ge=0, le=10000)
    exempt_classes: str = Field(default="D", pattern=r"[ABCDN]*")
    days_before_window: int = Field(default=5, ge=1)
    """A task is drawn at most so many working days before its window opens."""

    @model_validator(mode="after")
    def _has_enough_parties(self) -> "DrawRules":
        if len(set(self.witnesses)) < len(self.witnesses) or len(set(self.chain_holders)) < 2:
            raise ValueError("witnesses must be different, and two or more of them keep the substitute chains")
        if not set(self.chain_holders) <= set(self.witnesses):
            raise ValueError("chain_holders must be witnesses")
        return self


class Pool(Settings):
    """A neighbouring county whose inspectors may be borrowed (片区执法检查人员库, policy IV.1)."""

    name: str = Field(pattern=r"^[^./\\][^/\\]*$")
    """Also the folder its lists lie in: pools/<year>/<name>/<department>/."""
    departments: list[str] = []
    """Keys of the departments it lends people to; none = every department."""
    max_seats: int | None = Field(default=None, ge=1)
    """Seats (person-visits) it lends a year; none = any number."""


class Contact(Settings):
    """Where citizens object to what is public; a service number such as 12345 only, no line of a person."""

    office: str = ""
    """Whom to write to; empty = the bureau that keeps the plan."""
    address: str = ""
    hours: str = ""
    hotline: str = Field(default="12345", pattern=r"^\d{3,6}$")
    answer_within_workdays: int = Field(default=5, ge=1)


class WarningRules(Settings):
    """When a business, or the county, is visited too often (频次预警)."""

    within_days: int = Field(default=60, ge=0)
    """Two visits of one business within so many calendar days are a warning."""
    county_from: int = Field(default=3, ge=1)
    """So many such businesses in a year are a warning for the county."""


class ResultRules(Settings):
    """Clocks on results in working days, and when visits come too often."""

    publish_within_workdays: int = Field(default=20, ge=1)
    """From the check to its publication, and never beyond the task's last day."""
    close_before_end_workdays: int = Field(default=0, ge=0)
    """Doors are to be visited so long before a task's last day that what was found can be public by then."""
    enter_within_workdays: int = Field(default=5, ge=1)
    """From a visit that another department has reported to a department's own entry."""
    audit_within_workdays: int = Field(default=10, ge=1)
    """From the check to its audit."""
    warnings: WarningRules = WarningRules()


class ObjectShares(Settings):
    """Least share of rows of 检查对象名录 that must pass each measure of the yearly review."""

    accepted: Share = 0.98
    record: Share = 0.98
    name: Share = 0.98
    code: Share = 0.90
    code_valid: Share = 0.97
    uscc: Share = 0.90
    address: Share = 0.97
    legal_rep: Share = 0.95
    phone: Share = 0.85
    phone_form: Share = 0.95
    opened_on: Share = 0.70
    opened_range: Share = 0.99
    town: Share = 0.90
    town_spelling: Share = 0.90
    tags: Share = 0.50
    updated_on: Share = 0.98
    fresh: Share = 0.60
    state: Share = 0.98
    single: Share = 0.98
    item: Share = 0.50
    register_uscc: Share = 0.80
    register_town: Share = 0.90
    register_living: Share = 0.80
    register_single: Share = 0.99
    register_class: Share = 0.30


class InspectorShares(Settings):
    """Least share of rows of 执法检查人员名录, or of items, that must pass each measure."""

    accepted: Share = 0.98
    record: Share = 0.98
    certificate: Share = 0.98
    certificate_valid: Share = 0.98
    items: Share = 1.0
    eligible: Share = 0.70
    single: Share = 1.0
    pair: Share = 1.0
    specialist: Share = 1.0


class ItemShares(Settings):
    """Least share of items that must pass each measure."""

    accepted: Share = 0.98
    recorded: Share = 1.0
    guide: Share = 1.0
    objects: Share = 0.95


class PlanShares(Settings):
    """Least share of plan rows that must pass each measure."""

    standing: Share = 0.95
    conflict: Share = 0.95


class Shares(Settings):
    """Thresholds of the yearly review, per registry and measure."""

    objects: ObjectShares = ObjectShares()
    inspectors: InspectorShares = InspectorShares()
    items: ItemShares = ItemShares()
    plan: PlanShares = PlanShares()


Registry = Literal["objects", "inspectors", "items", "plan"]


class Weights(Settings):
    """Parts of a department's score in the ranking, in percent."""

    objects: int = Field(default=50, ge=0)
    inspectors: int = Field(default=30, ge=0)
    items: int = Field(default=10, ge=0)
    plan: int = Field(default=10, ge=0)


class ReviewRules(Settings):
    """The yearly review of the two registries (policy III.3; county/review.toml)."""

    stale_after_days: int = Field(default=365, ge=1)
    """A row is fresh when it was updated within so many days before the review."""
    least_inspectors: int = Field(default=2, ge=0)
    """Fewer rows of 执法检查人员名录 than this are not plausible for a department."""
    last_year_change: Share = 0.3
    """A list that grew or shrank by more than this share since last year is looked at."""
    least_rows_for_rank: int = Field(default=30, ge=1)
    """A department with fewer object rows is not ranked: one row would move it too far."""
    list_rows_up_to: int = Field(default=50, ge=1)
    """Defects of one rule and department beyond this number become one counted problem."""
    mend_within_workdays: int = Field(default=20, ge=1)
    """Working days a department has to mend a problem, from the day it was found."""
    weights: Weights = Weights()
    shares: Shares = Shares()
    departments: dict[str, Shares] = {}
    """Per department key: the shares that differ for it."""

    def share(self, registry: Registry, measure: str, department_key: str | None = None) -> float:
        """Return the least share for a measure: the department's own where it is set, else the county's."""
        own = getattr(self.departments.get(department_key or "", Shares()), registry)
        chosen = own if measure in own.model_fields_set else getattr(self.shares, registry)
        return getattr(chosen, measure)


PlatformKind = Literal["task_notices", "results", "objects", "inspectors"]


class PlatformColumn(Settings):
    """One column of a file for the provincial platform."""

    title: str
    field: str = ""
    """What stands in it; empty = left to be filled in by hand, because the county does not keep it."""
    codes: str = ""
    """Table of `codes` that gives the platform's word or number for each value; empty = as it is."""
    required: bool = False
    width: int = Field(default=16, ge=4, le=80)


class PlatformForm(Settings):
    """How one kind of file must look for the provincial platform's batch import (county/platform/*.toml)."""

    kind: PlatformKind
    file: str = Field(pattern=r"^[^./\\][^/\\]*$")
    """Name of the file, without its ending."""
    sheet: str = Field(min_length=1, max_length=31)
    title: str = ""
    """Stands in row 1 when set; {county} and {year} are filled in."""
    header_row: int = Field(default=1, ge=1)
    max_rows: int = Field(default=5000, ge=1)
    """Rows a file may have below the header; more are split over several files."""
    form: Literal["xlsx"] = "xlsx"
    date_form: str = "%Y-%m-%d"
    separator: str = "，"
    """Between the values of a cell that holds several."""
    codes: dict[str, dict[str, str]] = {}
    """Per table: a value of ours -> the platform's."""
    columns: list[PlatformColumn] = Field(min_length=1)

    @field_validator("form", mode="before")
    @classmethod
    def _can_be_written(cls, form: object) -> object:
        if form == "xls":
            raise ValueError(
                "只能写 xlsx：请把 form 改为 xlsx；平台只收 xls 的，用 Excel 或 WPS 打开导出的文件，"
                "另存为“Excel 97-2003 工作簿（*.xls）”再上传 / only xlsx is written; save it as .xls in Excel or WPS"
            )
        return form

    @model_validator(mode="after")
    def _fits_together(self) -> "PlatformForm":
        titles = [column.title for column in self.columns]
        if len(set(titles)) < len(titles):
            raise ValueError("two columns have one title")
        if self.title and self.header_row < 2:
            raise ValueError("the title stands in row 1, so the header must come below it")
        if unknown := sorted({column.codes for column in self.columns if column.codes} - set(self.codes)):
            raise ValueError(f"no such code table: {unknown[0]}")
        return self


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
    regions: list[str] = []
    """Places the county lies in, largest first, as names of businesses begin with them: 四川省, 遂宁市."""
    towns: list[str]
    town_aliases: dict[str, str] = {}
    """Spelling as filed -> town of `towns`."""
    public_site: str = Field(default="", pattern=r"(https?://\S+)?")
    """Where the folder `public/` is served; the papers of a visit print the way to its task as a code to scan."""
    contact: Contact = Contact()
    """Where objections go."""
    outside_partners: list[str] = []
    """Organs outside the sixteen that departments name as partners, for a clearer message."""
    plan: PlanRules = PlanRules()
    visits: VisitRules = VisitRules()
    draw: DrawRules = DrawRules()
    results: ResultRules = ResultRules()
    pools: list[Pool] = []
    """Neighbours whose people may be borrowed, the one asked first in front."""
    review: ReviewRules = ReviewRules()
    platform: list[PlatformForm] = []
    """Files for the provincial platform, in the order of their mappings."""
    demonstration: Demonstration | None = None
    departments: list[Department]
    synonyms: dict[str, dict[str, list[str]]]
    """Per kind, per field: the headers known for it (county/synonyms.toml)."""
    items_csv: str
    """The list of record (county/items.csv), as text: 随机抽查事项清单."""
    guides_csv: str
    """The inspection guides (county/guides.csv), as text: 抽查工作指引."""
    calendar_csv: str

    @field_validator("pools")
    @classmethod
    def _are_different(cls, pools: list[Pool]) -> list[Pool]:
        if len({pool.name for pool in pools}) < len(pools):
            raise ValueError("two pools have one name")
        return pools

    def __repr__(self) -> str:
        """Return the county's name: the whole settings would bury any message they stand in."""
        return f"County({self.name})"

    @cached_property
    def department_by_name(self) -> dict[str, Department]:
        """Departments by full Chinese name."""
        return {department.name: department for department in self.departments}

    @cached_property
    def bureau(self) -> Department:
        """The department that registers businesses and keeps the plan (市场监管); ValueError when none is set."""
        for department in self.departments:
            if "9" in department.registers:
                return department
        raise ValueError("no department registers the credit codes that begin with 9")

    @cached_property
    def department_names(self) -> list[str]:
        """Full Chinese names, sorted by key."""
        return [department.name for department in self.departments]

    @property
    def department_keys(self) -> dict[str, str]:
        """Full Chinese name -> short ASCII key."""
        return {department.name: department.key for department in self.departments}

    def lent_by(self, pool: Pool) -> list[Department]:
        """Return the departments a pool lends people to."""
        return [one for one in self.departments if not pool.departments or one.key in pool.departments]

    @property
    def overrides(self) -> list[Day]:
        """Days of calendar.csv. Raises RefusedError (C009-C014)."""
        return read_overrides(self.calendar_csv, may_have_samples=True)

    def working_days(self, year: int) -> WorkingDays:
        """Return the calendar from the year before to the year after."""
        samples = self.demonstration.sample_years if self.demonstration else []
        return WorkingDays(calendar_days(range(year - 1, year + 2), self.overrides, samples))


def parse_county(texts: Mapping[str, str]) -> County:
    """Make a county from its files: relative path -> text.

    Needs county.toml, synonyms.toml, items.csv, guides.csv, calendar.csv and departments/*.toml;
    without review.toml the yearly review has its default thresholds, without platform/*.toml no file
    for the provincial platform is made.
    Raises RefusedError (C001 file missing, C002 not TOML, C003 wrong setting, C009-C014 wrong calendar).
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
    review = _checked(ReviewRules, tables.get("review.toml", {}), "review.toml", problems)
    platform = [
        parsed
        for name, table in sorted(tables.items())
        if name.startswith("platform/") and (parsed := _checked(PlatformForm, table, name, problems))
    ]
    if review and not problems:
        problems += _unknown_keys("review.toml", "departments", review.departments, departments)
    if problems:
        raise RefusedError(problems)
    settings = {
        **tables["county.toml"],
        "review": review,
        "departments": departments,
        "platform": platform,
        "synonyms": tables["synonyms.toml"],
        "items_csv": texts["items.csv"],
        "guides_csv": texts["guides.csv"],
        "calendar_csv": texts["calendar.csv"],
    }
    county = _checked(County, settings, "county.toml", problems)
    if county is not None:
        problems += _unknown_keys(
            "county.toml", "plan.frequency.departments", county.plan.frequency.departments, departments
        )
        for pool in county.pools:
            problems += _unknown_keys("county.toml", f"pools.{pool.name}.departments", pool.departments, departments)
    if county is None or problems:
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


def _unknown_keys(file: str, setting: str, named: Iterable[str], departments: list[Department]) -> list[Problem]:
    return [
        problem("C003", file=file, column=f"{setting}.{key}", value=key, detail="no such department")
        for key in sorted(set(named) - {department.key for department in departments})
    ]
