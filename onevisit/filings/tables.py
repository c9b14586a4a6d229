"""Tables of the filings stage: every row a department handed in, kept or refused."""

from onevisit.tables import Table, field

KINDS = [
    "objects",
    "inspectors",
    "experts",
    "items",
    "plan",
    "credit",
    "abnormal",
    "complaints",
    "interests",
    "other_checks",
    "rosters",
    "results",
    "unknown",
]
"""检查对象名录 执法检查人员名录 专家名录 随机抽查事项清单 年度抽查计划 信用风险分类 经营异常名录 投诉举报 利害关系回避申报 其他检查记录 任务参加人员名单 检查结果; unknown: a file of no known kind."""


class FiledRows(Table):
    """Every non-blank line of one department's files; one table per department, `filings.<key>`."""

    department: str = field(title="部门", description="Filing department, full Chinese name")
    kind: str = field(title="名录种类", isin=KINDS, description="Kind of list, from the file's name")
    file: str = field(title="文件", description="File name in the department's inbox folder")
    sheet: str = field(title="工作表", description="Sheet name, empty for CSV")
    row: int = field(
        title="行号", ge=0, description="Row in the file as a spreadsheet shows it, from 1; 0 = the whole file or sheet"
    )
    state: str = field(
        title="处理结果",
        isin=["kept", "refused", "noted"],
        description="kept; refused with problems; noted = title, header, foot note or hint, not data",
    )
    fields: str = field(
        is_sealed=True,
        title="内容",
        description="The row as JSON: field -> text as filed, value fixes applied, ID numbers masked, personal keys added; {} for noted rows and whole files",
    )
    problems: str = field(
        title="问题",
        description="JSON list of problems (code, column, value, reason, fix, reason_en, fix_en); [] unless refused",
    )


class Refused(Table):
    """Every refused row (or file), one line per problem, for the department to mend; a refused header stands for the lines below it."""

    department: str = field(title="部门", description="Filing department")
    kind: str = field(title="名录种类", isin=KINDS, description="Kind of list")
    file: str = field(title="文件", description="File name")
    sheet: str = field(title="工作表", description="Sheet name, empty for CSV")
    row: int = field(title="行号", ge=0, description="Row as a spreadsheet shows it; 0 = the whole file or sheet")
    column: str = field(title="列", description="Header of the column as filed, empty when the whole row is meant")
    value: str = field(title="原值", description="Value as filed, personal values masked")
    code: str = field(title="问题代码", str_matches=r"^F\d{3}$", description="Stable problem code")
    reason: str = field(title="问题", description="What is wrong, in Chinese")
    fix: str = field(title="怎么改", description="What to do next, in Chinese")


class Accounting(Table):
    """Rows read, kept and refused, per file and sheet: read = kept + refused."""

    department: str = field(title="部门", description="Filing department")
    kind: str = field(title="名录种类", isin=KINDS, description="Kind of list")
    file: str = field(title="文件", description="File name")
    sheet: str = field(title="工作表", description="Sheet name, empty for CSV")
    read_count: int = field(title="读入行数", ge=0, description="Data rows read: kept + refused")
    kept_count: int = field(title="采用行数", ge=0, description="Rows kept")
    refused_count: int = field(
        title="退回行数", ge=0, description="Rows refused; a file refused as a whole counts as one"
    )
    noted_count: int = field(
        title="说明行数", ge=0, description="Title, header, foot note and hint lines, which are not data"
    )
