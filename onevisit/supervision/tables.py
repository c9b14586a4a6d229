"""Tables of the supervision stage: the yearly review of the two registries (policy III.3)."""

from onevisit.tables import Table, field


class Scores(Table):
    """Per department and measure: how good its lists are."""

    department: str = field(title="部门", description="Department; 全县 for the whole county")
    registry: str = field(
        title="名录库", isin=["objects", "inspectors", "items", "plan"], description="Which registry or list"
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
    expectation: str = field(title="期望", description="Expectation type of Great Expectations")
    column: str = field(title="字段", nullable=True, description="Column, null for whole-table expectations")
    meaning: str = field(title="含义", description="In Chinese")
    threshold: float = field(title="阈值", nullable=True, description="Least share that must pass (mostly), 0-1")
    observed: float = field(title="实际", nullable=True, description="Share that passes, 0-1")
    unexpected_count: int = field(title="不符数", ge=0, description="Rows that do not pass")
    is_met: bool = field(title="达标", description="Whether the expectation is met")


class Problems(Table):
    """The problem list: what each department must mend."""

    problem_id: str = field(title="问题编号", unique=True, description="Stable within the year: S-0001 …")
    department: str = field(title="责任部门", description="Department that mends it")
    registry: str = field(
        title="名录库", isin=["objects", "inspectors", "items", "plan"], description="Which registry or list"
    )
    rule: str = field(title="规则", description="Chinese name of the rule")
    file: str = field(title="文件", nullable=True, description="File name")
    row: int = field(title="行号", nullable=True, description="Row as a spreadsheet shows it")
    record: str = field(title="记录", nullable=True, description="Record number or code; nothing personal")
    detail: str = field(title="问题", description="In Chinese")
    fix: str = field(title="怎么改", description="In Chinese")
