"""Tables of the supervision stage: the yearly review of the two registries (policy III.3)."""

import datetime as dt

from onevisit.tables import Table, field

REGISTRIES = ["objects", "inspectors", "items", "plan"]
"""检查对象名录库 执法检查人员名录库 随机抽查事项清单 年度抽查计划."""


class Scores(Table):
    """Per department and measure: how good its lists are."""

    department: str = field(title="部门", description="Department; 全县 for the whole county")
    registry: str = field(title="名录库", isin=REGISTRIES, description="Which registry or list")
    key: str = field(
        title="指标代码",
        str_matches=r"^[a-z]+\.[a-z_]+$",
        description="Stable key of the measure: registry.name, as county/review.toml has it",
    )
    measure: str = field(title="指标", description="Chinese name of the measure")
    numerator: int = field(title="合格数", ge=0, description="Rows that pass")
    denominator: int = field(title="总数", ge=0, description="Rows looked at")
    ratio: float = field(
        title="合格率",
        nullable=True,
        ge=0,
        le=1,
        description="numerator / denominator, null when nothing was looked at",
    )


class Expectations(Table):
    """Results of the Great Expectations review, one row per expectation."""

    suite: str = field(title="审查对象", description="Table and department reviewed")
    department: str = field(title="部门", description="Department, 全县 for the whole county")
    registry: str = field(title="名录库", isin=REGISTRIES, description="Which registry or list")
    key: str = field(
        title="指标代码",
        str_matches=r"^[a-z]+\.[a-z_]+$",
        description="Key of the measure judged; objects.rows, inspectors.rows and *.rows_last_year for sizes of lists",
    )
    measure: str = field(title="指标", description="Chinese name of the measure")
    expectation: str = field(title="期望", description="Expectation type of Great Expectations")
    column: str = field(title="字段", nullable=True, description="Column, null for whole-table expectations")
    meaning: str = field(title="含义", description="In Chinese")
    threshold: float = field(
        title="阈值",
        nullable=True,
        ge=0,
        le=1,
        description="Least share that must pass (mostly), 0-1; null for whole-table expectations",
    )
    observed: float = field(
        title="实际", nullable=True, ge=0, le=1, description="Share that passes, 0-1; null when nothing was looked at"
    )
    unexpected_count: int = field(
        title="不符数", ge=0, description="Rows that do not pass; rows missing or too many for sizes of lists"
    )
    is_met: bool = field(title="达标", description="Whether the expectation is met")


STATES = ["待整改", "待复查", "复查仍存在", "属实未整改", "报称不属实", "已销号"]
"""What stands of a problem; all but the last are open."""


class FollowUps(Table):
    """What became of every problem found this year or left over from last year (整改跟踪), closed ones included."""

    problem_id: str = field(title="问题编号", unique=True, description="As in problems, the same in every year")
    department: str = field(title="责任部门", description="Department that mends it; 全县 for the merged register")
    registry: str = field(title="名录库", isin=REGISTRIES, description="Which registry or list")
    rule: str = field(title="规则", description="Chinese name of the rule")
    record: str = field(title="记录", nullable=True, description="Record number or code; nothing personal")
    found_year: int = field(title="发现年度", description="Year whose review found it first")
    found_on: dt.date = field(title="发现日期", description="Day the review found it first")
    due_on: dt.date = field(title="整改期限", description="Last day to mend it, working days counted from found_on")
    state: str = field(title="整改状态", isin=STATES, description="What stands of it now")
    answer: str = field(title="部门答复", nullable=True, description="The department's last answer; null when none")
    owner: str = field(title="整改人", nullable=True, is_sealed=True, description="Who answered; personal, internal")
    answered_on: dt.date = field(title="答复日期", nullable=True, description="Day the department says it was mended")


class Problems(Table):
    """The problem list: what each department must mend."""

    problem_id: str = field(
        title="问题编号",
        unique=True,
        str_matches=r"^S-[0-9A-F]{10}(-\d+)?$",
        description="The same from year to year: made from department, rule and record, so other problems do not move it",
    )
    department: str = field(title="责任部门", description="Department that mends it; 全县 for the merged register")
    registry: str = field(title="名录库", isin=REGISTRIES, description="Which registry or list")
    rule: str = field(title="规则", description="Chinese name of the rule")
    file: str = field(title="文件", nullable=True, description="File name")
    sheet: str = field(title="工作表", nullable=True, description="Sheet name")
    row: int = field(title="行号", nullable=True, description="Row as a spreadsheet shows it")
    record: str = field(title="记录", nullable=True, description="Record number or code; nothing personal")
    row_count: int = field(title="涉及行数", ge=1, description="Rows the problem stands for")
    is_unmet: bool = field(
        title="未达标", description="Whether it is an unmet expectation; otherwise one concrete defect, or several"
    )
    detail: str = field(title="问题", description="In Chinese")
    fix: str = field(title="怎么改", description="In Chinese")
