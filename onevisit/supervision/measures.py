"""What the yearly review asks of each row, said once.

A measure is a column and a condition on it. `scores.py` counts it with Polars for every
department, `review.py` judges it against a threshold with Great Expectations, `problems.py` names
the rows that fail; all three read the same frames, made in `records.py`.
"""

import datetime as dt
from dataclasses import dataclass
from functools import partial
from typing import Literal

import polars as pl

from onevisit.county import County, Registry

Grain = Literal[
    "objects",
    "subjects",
    "register",
    "inspectors",
    "items",
    "plan",
    "filed_objects",
    "filed_inspectors",
    "filed_items",
]
"""Which frame of `records.py` a measure reads: one row per filed row, merged object, item, plan row …

`subjects` are the rows of `objects` without products, projects and conduct, which have neither code nor
representative of their own.
"""

WHOLE_COUNTY = "全县"
CONFERENCE = "县级联席会议"
"""Reviews the two registries every year (policy III.3)."""
OFFICE = "县级联席会议办公室"
"""Has mended what no department owns alone."""

REGISTRY_TITLES: dict[Registry, str] = {
    "objects": "检查对象名录库",
    "inspectors": "执法检查人员名录库",
    "items": "随机抽查事项清单",
    "plan": "年度抽查计划",
}

ROWS_OF: dict[Registry, str] = {
    "objects": "objects.code",
    "inspectors": "inspectors.record",
    "items": "items.recorded",
    "plan": "plan.standing",
}
"""The measure of each registry that looks at every row: its denominator is the number of rows."""

FOUNDING_DAY = dt.date(1949, 10, 1)
"""No business of today is older than the Republic's registration of businesses."""


@dataclass(frozen=True, slots=True)
class Filled:
    """The cell holds a value; the only condition that an empty cell fails."""


@dataclass(frozen=True, slots=True)
class OneOf:
    """The value is one of a set."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Between:
    """The number lies in [least, most]; None is open."""

    least: int | None = None
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Matches:
    """The whole text has a form."""

    pattern: str


@dataclass(frozen=True, slots=True)
class Length:
    """The text has so many characters."""

    least: int
    most: int


Condition = Filled | OneOf | Between | Matches | Length


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing asked of every row of a frame.

    `code` is its message (what is wrong with a row, and the fix). The rows that fail a `is_defect`
    measure are problems one by one even where the threshold is met. An empty cell counts only for
    `Filled`: for every other condition the row is not looked at.
    """

    registry: Registry
    grain: Grain
    name: str
    title: str
    column: str
    condition: Condition
    code: str
    about: str
    is_defect: bool = False

    @property
    def key(self) -> str:
        """Return the stable key: `objects.phone_form`."""
        return f"{self.registry}.{self.name}"

    @property
    def is_county_wide(self) -> bool:
        """Tell whether the measure belongs to the merged register, which no department owns."""
        return self.grain == "register"

    @property
    def looks_at(self) -> pl.Expr:
        """Return whether a row is looked at."""
        return pl.lit(True) if isinstance(self.condition, Filled) else pl.col(self.column).is_not_null()

    @property
    def passes(self) -> pl.Expr:
        """Return whether a row that is looked at passes."""
        column = pl.col(self.column)
        match self.condition:
            case Filled():
                return column.is_not_null()
            case OneOf(values):
                return column.is_in(values)
            case Between(least, most):
                return column.is_between(
                    pl.lit(least) if least is not None else column, pl.lit(most) if most is not None else column
                )
            case Matches(pattern):
                return column.str.contains(f"^(?:{pattern})$")
            case Length(least, most):
                return column.str.len_chars().is_between(least, most)


def responsible(department: str) -> str:
    """Return who mends a problem: a department its own, the joint conference's office those of the whole county."""
    return OFFICE if department == WHOLE_COUNTY else department


def measures(county: County, today: dt.date) -> tuple[Measure, ...]:
    """Return every measure of the review, in the order reports show them."""
    return (
        *_object_measures(county, today),
        *_register_measures(),
        *_inspector_measures(county),
        *_item_measures(),
        *_plan_measures(),
    )


def _accepted(registry: Registry, grain: Grain) -> Measure:
    return Measure(
        registry, grain, "accepted", "报送行采用", "outcome", OneOf(("采用",)), "S110", "读入的数据行没有被退回"
    )


def _object_measures(county: County, today: dt.date) -> tuple[Measure, ...]:
    ask = partial(Measure, "objects", "objects")
    of_subject = partial(Measure, "objects", "subjects")
    days = county.review.stale_after_days
    checked = ("uscc", "organisation", "registration")
    return (
        _accepted("objects", "filed_objects"),
        ask("record", "记录编号填报", "source_id", Filled(), "S111", "部门自己的记录编号不为空"),
        ask("name", "名称长度合理", "name", Length(4, 60), "S112", "名称有4至60个字"),
        of_subject("code", "代码填报", "code_kind", Filled(), "S113", "填了代码，“无”“/”等占位符不算"),
        of_subject(
            "code_valid",
            "代码校验有效",
            "code_kind",
            OneOf(checked),
            "S114",
            "填报的代码是统一社会信用代码、组织机构代码或15位注册号，且校验位正确",
            is_defect=True,
        ),
        of_subject(
            "uscc", "使用统一社会信用代码", "code_kind", OneOf(("uscc",)), "S115", "填报的代码是有效的统一社会信用代码"
        ),
        of_subject("address", "地址填报", "address", Filled(), "S116", "住所（经营场所）不为空"),
        of_subject("legal_rep", "负责人填报", "legal_rep", Filled(), "S117", "法定代表人（负责人、经营者）不为空"),
        of_subject("phone", "联系电话填报", "phone", Filled(), "S118", "联系电话不为空"),
        ask(
            "phone_form",
            "联系电话格式",
            "phone",
            Matches(r"1\*{10}|0\*{2,3}-?\*{7,8}|[2-9]\*{6,7}"),
            "S119",
            "填报的电话是11位手机号或固定电话",
        ),
        of_subject("opened_on", "成立日期填报", "opened_days", Filled(), "S120", "成立日期不为空"),
        ask(
            "opened_range",
            "成立日期合理",
            "opened_days",
            Between(0, (today - FOUNDING_DAY).days),
            "S121",
            "填报的成立日期能识别，不早于1949年10月1日，不晚于督查日",
            is_defect=True,
        ),
        ask("town", "镇（街道）明确", "town", Filled(), "S122", "从“镇（街道）”栏或地址能确定属地"),
        ask(
            "town_spelling",
            "镇（街道）写法规范",
            "town_filed",
            OneOf(tuple(county.towns)),
            "S123",
            "“镇（街道）”栏填报的是本县镇（街道）的全称",
        ),
        ask("tags", "监管标签填报", "tag_count", Between(1), "S124", "至少有一个监管标签"),
        ask("updated_on", "更新日期填报", "updated_days", Filled(), "S125", "更新日期不为空"),
        ask("fresh", "按期更新", "updated_days", Between(-366, days), "S126", f"报送截止日前{days}日内或其后更新过"),
        ask(
            "state",
            "状态与登记一致",
            "registered_state",
            OneOf(("存续",)),
            "S127",
            "部门列为存续的，登记机关也是存续",
            is_defect=True,
        ),
        ask(
            "single",
            "本部门内不重复",
            "repeat",
            Between(1, 1),
            "S128",
            "同一对象在本部门名录中只有一行（第二行起算重复）",
            is_defect=True,
        ),
        ask("item", "有对应抽查事项", "item_count", Between(1), "S129", "存续对象的标签对应本部门至少一个抽查事项"),
    )


def _register_measures() -> tuple[Measure, ...]:
    ask = partial(Measure, "objects", "register")
    return (
        ask("register_uscc", "合并后有信用代码", "uscc", Filled(), "S130", "合并后的对象有可信的统一社会信用代码"),
        ask("register_town", "合并后属地明确", "town", Filled(), "S131", "合并后的对象能确定镇（街道）"),
        ask(
            "register_living",
            "存续对象占比",
            "state",
            OneOf(("存续",)),
            "S132",
            "合并后的对象登记状态为存续，没有被其他主体接续",
        ),
        ask(
            "register_single",
            "无疑似重复",
            "review_count",
            Between(0, 0),
            "S133",
            "没有等待人工判断的疑似重复",
        ),
        ask(
            "register_class",
            "已评信用风险类别",
            "credit_class",
            OneOf(("A", "B", "C", "D")),
            "S134",
            "存续对象有信用风险分类结果",
        ),
    )


def _inspector_measures(county: County) -> tuple[Measure, ...]:
    ask = partial(Measure, "inspectors", "inspectors")
    item = partial(Measure, "inspectors", "items")
    pair = county.visits.inspectors_per_department
    return (
        _accepted("inspectors", "filed_inspectors"),
        ask("record", "人员编号填报", "source_id", Filled(), "S140", "部门自己的人员编号不为空"),
        ask(
            "certificate",
            "执法证填报",
            "certificate",
            OneOf(("已填报",)),
            "S141",
            "执法人员的执法证编号和有效期都已填报",
            is_defect=True,
        ),
        ask(
            "certificate_valid",
            "执法证在有效期内",
            "days_left",
            Between(0),
            "S142",
            "执法人员的执法证在督查日没有过期",
            is_defect=True,
        ),
        ask(
            "items", "明确对应抽查事项", "item_count", Between(1), "S143", "至少对应本部门一个抽查事项", is_defect=True
        ),
        ask(
            "eligible",
            "执法人员可派出",
            "eligible",
            OneOf(("是",)),
            "S144",
            "执法人员状态有效，年初证件未过期，没有不能参加的情形，未到退休年龄",
        ),
        ask(
            "single", "本部门内不重复", "repeat", Between(1, 1), "S145", "同一人在本部门名录中只有一行", is_defect=True
        ),
        item(
            "pair",
            f"事项能派出{pair}人",
            "eligible_count",
            Between(pair),
            "S146",
            f"每个抽查事项至少有{pair}名可派出的执法人员",
            is_defect=True,
        ),
        item(
            "specialist",
            "事项有专业人员",
            "specialist_count",
            Between(1),
            "S147",
            "有岗位资质要求的事项，至少1名可派出人员具备该资质",
            is_defect=True,
        ),
    )


def _item_measures() -> tuple[Measure, ...]:
    ask = partial(Measure, "items", "items")
    return (
        _accepted("items", "filed_items"),
        ask(
            "recorded",
            "与省级清单一致",
            "drift_count",
            Between(0, 0),
            "S150",
            "部门清单与省级清单没有差异",
        ),
        ask("guide", "有工作指引", "guide", OneOf(("有",)), "S151", "事项有抽查工作指引", is_defect=True),
        ask(
            "objects",
            "事项有检查对象",
            "object_count",
            Between(1),
            "S152",
            "本部门名录中有存续对象带该事项的标签",
            is_defect=True,
        ),
    )


def _plan_measures() -> tuple[Measure, ...]:
    ask = partial(Measure, "plan", "plan")
    return (
        ask("standing", "计划行通过审核", "standing", OneOf(("通过",)), "S160", "计划行没有被退回"),
        ask("conflict", "配合事项无冲突", "conflict_count", Between(0, 0), "S161", "通过的计划行没有待协调的冲突"),
    )
