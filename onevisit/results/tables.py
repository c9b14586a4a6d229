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

AUDIT_STATES = ["entered", "checked", "returned", "approved", "withdrawn"]
"""Steps of the audit: 已录入 待审核, 已审核 待批准, 审核退回, 已批准 公示, 已撤回."""

LATENESS = ["not_started", "not_checked", "not_entered", "not_audited", "not_published", "disposal_overdue"]
"""Kinds of lateness: 未启动, 未检查, 未录入, 未审核, 未公示, 处置逾期."""


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
        description="Twentieth working day after the check, and no later than the task's last day; null while those days are provisional",
    )
    file: str = field(title="文件", description="File name")
    sheet: str = field(title="工作表", description="Sheet name")
    row: int = field(title="行号", ge=1, description="Row as a spreadsheet shows it")
    version: int = field(title="版本", ge=1, description="1 as first approved; each approved correction is one more")
    digest: str = field(title="内容指纹", str_matches=r"^[0-9a-f]{64}$", description="SHA-256 of what the version says")
    audit_state: str = field(
        title="审核状态",
        isin=AUDIT_STATES,
        description="Where it stands: only what is approved is published, what is withdrawn is published as such",
    )
    is_filed: bool = field(
        title="与报送一致", description="Whether the filed row still stands and says what was approved first"
    )
    entered_by: str = field(is_sealed=True, title="录入人", nullable=True, description="As filed; never published")
    inspectors: list[str] = field(
        is_sealed=True, title="检查人员", description="Certificate numbers of who checked; empty where not filed"
    )
    substitute_reason: str = field(
        is_sealed=True, title="替换原因", nullable=True, description="Why somebody outside the team checked"
    )
    scanned_at: str = field(
        title="到场扫码时间", nullable=True, description="When the team scanned in: 2027-03-15 09:30"
    )
    scanned_place: str = field(is_sealed=True, title="到场扫码地点", nullable=True, description="Where")
    disposal_to: str = field(title="移送或抄告至", nullable=True, description="Organ the matter went to")
    dispose_by: dt.date = field(title="处置期限", nullable=True, description="Day by which the disposal is due")
    disposed_on: dt.date = field(title="处置完结日期", nullable=True, description="Day the disposal was finished")
    report_file: str = field(
        is_sealed=True, title="第三方报告", nullable=True, description="File in the department's folder 附件"
    )
    report_sha256: str = field(title="报告指纹", nullable=True, description="SHA-256 of the report")
    published_on: dt.date = field(
        title="公示日期", nullable=True, description="Day the first version was approved for publication"
    )
    corrected_on: dt.date = field(
        title="更正日期", nullable=True, description="Day the version in force was approved, from the second on"
    )
    correction_note: str = field(title="更正说明", nullable=True, description="What the public reads of the correction")
    returned_reason: str = field(
        is_sealed=True, title="审核退回原因", nullable=True, description="Why it was returned; null when it was not"
    )


class Disposals(Table):
    """What follows from a finding, one row for each with something to dispose of (后续处置)."""

    object_id: str = field(title="对象编号", description="Object checked")
    task_id: str = field(title="任务编号", description="Task")
    plan_row_id: str = field(title="抽查计划编号", description="Plan row")
    department: str = field(title="检查机关", description="Department that checked")
    item_code: str = field(title="事项编码", description="Item checked")
    disposal: str = field(title="后续处置", nullable=True, description="Standard disposal; null when nobody said")
    disposal_to: str = field(title="移送或抄告至", nullable=True, description="Organ the matter went to")
    dispose_by: dt.date = field(title="处置期限", nullable=True, description="Day by which it is due")
    disposed_on: dt.date = field(title="处置完结日期", nullable=True, description="Day it was finished")
    state: str = field(title="处置状态", isin=["open", "finished"], description="未完结 or 已完结")
    is_overdue: bool = field(title="处置逾期", description="Open, and past the day it is due")


class Overdue(Table):
    """What is late by today, by department: every line has an owner and says by how much (逾期清单)."""

    department: str = field(title="部门", description="Department that is late")
    owner: str = field(title="负责人", description="Who answers for the department's data, from its settings")
    kind: str = field(title="逾期种类", isin=LATENESS, description="What has not happened")
    task_id: str = field(title="任务编号", description="Task")
    object_id: str = field(title="对象编号", nullable=True, description="Object; null for a task that has not begun")
    plan_row_id: str = field(title="抽查计划编号", nullable=True, description="Plan row")
    item_code: str = field(title="事项编码", nullable=True, description="Item")
    due_on: dt.date = field(title="期限", description="Last day on which it was in time")
    days_over: int = field(title="超期工作日", ge=0, description="Working days since")


class Corrections(Table):
    """Corrections asked for: what changes, why, who asked, and where each stands (更正)."""

    object_id: str = field(title="对象编号", description="Object checked")
    task_id: str = field(title="任务编号", description="Task")
    plan_row_id: str = field(title="抽查计划编号", description="Plan row")
    department: str = field(title="检查机关", description="Department that checked")
    item_code: str = field(title="事项编码", description="Item checked")
    seq: int = field(title="决定记录序号", ge=1, description="Record of the decision log that asks for it")
    version: int = field(title="版本", nullable=True, ge=2, description="Version it became; null until approved")
    digest: str = field(title="内容指纹", str_matches=r"^[0-9a-f]{64}$", description="SHA-256 of what it says")
    old_digest: str = field(
        title="原版本指纹", str_matches=r"^[0-9a-f]{64}$", description="SHA-256 of the version it is to replace"
    )
    kind: str = field(
        title="更正原因",
        isin=["objection", "error", "withdrawal"],
        description="The business's objection (异议), a wrong entry, or a withdrawal",
    )
    changes: str = field(is_sealed=True, title="更正内容", description="Each value changed, old and new")
    why: str = field(is_sealed=True, title="更正理由", description="For the log; not published")
    note: str = field(title="更正说明", description="What the public reads")
    asked_by: str = field(is_sealed=True, title="提出人", description="Who asked; never published")
    asked_on: dt.date = field(title="提出日期", description="Day it was entered")
    state: str = field(title="更正状态", isin=AUDIT_STATES, description="Where it stands in the audit")
    approved_by: str = field(is_sealed=True, title="批准人", nullable=True, description="Who approved it")
    approved_on: dt.date = field(title="批准日期", nullable=True, description="Day it was approved")


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
    checked_count: int = field(
        title="已检查数", ge=0, description="Obligations with a finding that was not withdrawn, published or not"
    )
    done_count: int = field(
        title="已公示数", ge=0, description="Obligations whose finding is approved: checked but unpublished is not done"
    )
    problem_count: int = field(
        title="发现问题数",
        ge=0,
        description="Findings that name a problem: not 未发现问题, 未发现开展…经营活动, or a terminal state",
    )
    overdue_count: int = field(
        title="逾期数",
        ge=0,
        description="Obligations past their window without a published finding, on the release day",
    )


UNFINISHED = "处置未完结"
"""Ground of the feedback beside the result types: a disposal that goes on."""


class OtherChecks(Table):
    """Checks made beside the drawn ones (其他检查记录), each with the business it was made at, where that is known."""

    department: str = field(title="部门", description="Filing department")
    file: str = field(title="文件", description="File name")
    sheet: str = field(title="工作表", description="Sheet name")
    row: int = field(title="行号", ge=1, description="Row as a spreadsheet shows it")
    record_id: str = field(title="记录编号", nullable=True, description="As filed")
    object_id: str = field(title="对象编号", nullable=True, description="Object checked; null when none is found")
    checked_by: str = field(title="检查机关", description="As filed, else the filing department")
    checked_on: dt.date = field(title="检查日期", description="Day of the check")
    cause: str = field(title="检查原因", nullable=True, description="As filed")
    is_counted: bool = field(title="计入频次", description="Whether it counts for the frequency warnings")
    reason: str = field(title="不计入原因", nullable=True, description="In Chinese")


class FrequencyWarnings(Table):
    """Businesses visited at the door again too soon, and the county when there are too many of them (频次预警)."""

    scope: str = field(title="预警范围", isin=["business", "county"], description="One business, or the county")
    object_id: str = field(title="对象编号", nullable=True, description="Business; null for the county")
    first_on: dt.date = field(title="前次日期", nullable=True, description="Day of the earlier visit")
    second_on: dt.date = field(title="后次日期", nullable=True, description="Day of the later visit")
    day_count: int = field(title="间隔天数", nullable=True, ge=0, description="Calendar days between the two")
    business_count: int = field(title="涉及户数", ge=1, description="1, or the businesses warned of in the county")
    departments: list[str] = field(title="上门部门", description="Departments that came, sorted")
    occasions: list[str] = field(title="两次检查", description="The two visits or filed checks, in Chinese")
    reason: str = field(title="预警原因", description="In Chinese")
    fix: str = field(title="怎么办", description="In Chinese")


class Indicators(Table):
    """Indicators of the year's inspections (抽查工作指标), each with its formula, its parts and its value."""

    scope: str = field(title="指标范围", isin=["county", "department", "task"], description="Of whom or what")
    department: str = field(title="部门", nullable=True, description="Department, null otherwise")
    task_id: str = field(title="任务编号", nullable=True, description="Task, null otherwise")
    span: str = field(
        title="任务类型",
        isin=["all", "own", "joint"],
        description="All tasks, those of one department (本部门), or joint ones (跨部门)",
    )
    name: str = field(title="指标", description="In Chinese")
    formula: str = field(title="计算公式", description="In Chinese")
    unit: str = field(title="单位", isin=["rate", "visits", "businesses"], description="Of the value; a rate is 0-1")
    numerator: int = field(title="分子", nullable=True, description="First part of the formula; null when unknown")
    denominator: int = field(title="分母", nullable=True, description="Second part of the formula; null when unknown")
    value: float = field(title="指标值", nullable=True, description="Null when a part is unknown or divides by zero")


class ProblemRates(Table):
    """How often a problem was found (问题检出率), by item and by credit class; the classes are never published."""

    cell_kind: str = field(title="分组方式", isin=["item", "class"], description="Item, or credit class")
    cell: str = field(is_sealed=True, title="分组", description="Item code, or A B C D N")
    checked_count: int = field(title="已检查数", ge=0, description="Findings")
    problem_count: int = field(title="发现问题数", ge=0, description="Findings that name a problem")
    rate: float = field(title="问题检出率", nullable=True, ge=0, le=1, description="problem_count / checked_count")
    is_publishable: bool = field(
        title="可公开", description="An item with no part of 1 or 2: neither a class nor a business can be told from it"
    )


class Feedback(Table):
    """What the year's results mean for next year, per business and ground (检查结果运用; policy III.5)."""

    object_id: str = field(title="对象编号", description="Business, by the id it has this year")
    ground: str = field(
        title="运用依据",
        isin=[*RESULT_TYPES, UNFINISHED],
        description="A standard result type, or a disposal that goes on",
    )
    departments: list[str] = field(title="检查机关", description="Departments whose results say so, sorted")
    task_ids: list[str] = field(title="任务", description="Tasks in which it was found, sorted")
    checked_on: dt.date = field(title="检查完成日期", description="Day of the latest such result")
    finding_count: int = field(title="结果数", ge=1, description="Results that say so")
    effect: str = field(
        is_sealed=True,
        title="运用方式",
        str_matches=r"^(=|\+[1-3]|[BCD])$",
        description="= as it was, +n so many classes riskier, B C D at least that class; from [plan.feedback]",
    )
    explanation: str = field(is_sealed=True, title="运用说明", description="In Chinese, source and consequence")
