"""Tables of the results stage: what was found, and what follows."""

import datetime as dt

from onevisit.tables import Table, field

RESULT_TYPES = [
    "未发现问题",
    "未按规定公示应当公示的信息",
    "公示信息隐瞒真实情况弄虚作假",
    "通过登记的住所（经营场所）无法联系",
    "发现问题已责令改正",
    "不配合检查情节严重",
    "未发现开展本次抽查涉及的经营活动",
    "发现问题待后续处理",
    "已关闭停业或正在组织清算",
    "注销",
    "被吊销",
    "被撤销",
    "迁出",
]
"""The eight standard result types and the terminal states (domain practice 1.10)."""


class Findings(Table):
    """One department's result for one item of one drawn object."""

    object_id: str = field(title="对象编号", description="Object checked")
    task_id: str = field(title="任务编号", description="Task")
    plan_row_id: str = field(title="抽查计划编号", description="Plan row")
    department: str = field(title="检查机关", description="Department that checked")
    item_code: str = field(title="事项编码", description="Item checked")
    checked_on: dt.date = field(title="检查完成日期", description="Day the check was done")
    result_types: list[str] = field(title="检查结果", description="Set of standard types; 未发现问题 stands alone")
    problem: str = field(is_sealed=True, title="发现问题", nullable=True, description="As filed; not published")
    disposal: str = field(
        title="后续处置",
        nullable=True,
        description="One of the six standard disposals: 无需后续处置 责令改正… 移送… 抄告… 停止检查… 其他",
    )
    is_disposed: bool = field(title="处置完结", description="Whether the disposal is finished")
    publish_by: dt.date = field(
        title="公示期限",
        nullable=True,
        description="Twentieth working day after the check, not after the task's end; null while those days are provisional",
    )
    file: str = field(title="文件", description="File name")
    sheet: str = field(title="工作表", description="Sheet name")
    row: int = field(title="行号", ge=1, description="Row as a spreadsheet shows it")


class Refused(Table):
    """Result rows that fit no obligation, or say what cannot be: the department mends them."""

    department: str = field(title="部门", description="Filing department")
    file: str = field(title="文件", description="File name")
    sheet: str = field(title="工作表", description="Sheet name")
    row: int = field(title="行号", ge=1, description="Row as a spreadsheet shows it")
    column: str = field(title="列", description="Column meant")
    value: str = field(title="原值", description="Value as filed")
    code: str = field(title="问题代码", str_matches=r"^E\d{3}$", description="Stable problem code")
    reason: str = field(title="退回原因", description="In Chinese")
    fix: str = field(title="怎么改", description="In Chinese")


class Progress(Table):
    """Per task and department: due, done, published (抽查完成率)."""

    task_id: str = field(title="任务编号", description="Task")
    department: str = field(title="部门", description="Department")
    due_count: int = field(title="应检查数", ge=0, description="Obligations")
    done_count: int = field(title="已检查数", ge=0, description="Obligations with a finding")
    problem_count: int = field(
        title="发现问题数",
        ge=0,
        description="Findings that name a problem: not 未发现问题, 未发现开展…经营活动, or a terminal state",
    )
    overdue_count: int = field(
        title="逾期数", ge=0, description="Obligations past their window without a finding, on the release day"
    )
