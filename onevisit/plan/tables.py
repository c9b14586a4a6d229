"""Tables of the plan stage: from sixteen departments' plans to one (policy III.5)."""

import datetime as dt
from typing import get_args

from onevisit.decisions import BEFORE_THE_DRAW, Role
from onevisit.tables import Table, field

CONFLICT_KINDS = {
    "partner_outside": "配合单位不在县级部门之列",
    "partner_without_item": "配合部门没有列出抽查事项",
    "partner_item_not_listed": "配合事项不在清单上",
    "tag_without_object": "监管标签下没有检查对象",
    "drawn_task_changed": "已抽取任务的计划有变动",
    "listed_ratio": "超过清单规定或者部门自定的比例",
    "listed_least": "低于清单规定的比例",
    "listed_frequency": "超过清单规定的频次",
    "class_order": "信用好的比例反而高",
    "ruling_without_row": "审核决定所指的计划没有报送",
    "ruling_not_applied": "审核决定无法执行",
}
"""Kind of conflict -> what officials read."""

STOPS = {
    "EXCLUSIVE": "有一方是不合并的检查",
    "OFF_SITE": "有一方不上门",
    "RULED_APART": "审核决定不得合并",
    "WINDOW": "共同时段不足",
    "OVERLAP": "对象重合不足",
    "ITEMS": "事项过多",
    "DEPARTMENTS": "部门过多",
}
"""Rule that keeps two groups of plan rows apart -> what officials read."""

REASONS = {
    "RULED": "审核决定合并",
    "IDENTICAL": "抽查事项相同",
    "EQUIVALENT": "抽查事项同类",
    "SAME_DEPARTMENT": "同一部门",
    "SAME_OBJECTS": "检查同一批对象",
    "COMMON_OBJECTS": "检查对象重合",
}
"""Why two groups of plan rows go together -> what officials read."""


class Submitted(Table):
    """Plan rows that stand: parsed, on the list, within the caps, with a scope."""

    plan_row_id: str = field(
        title="抽查计划编号",
        unique=True,
        str_matches=r"^[A-Za-z0-9.-]{1,32}$",
        description="Number as filed; the draw calls it item",
    )
    department: str = field(title="发起部门", description="Initiating department")
    task_name: str = field(title="任务名称", description="As filed")
    draw_type: str = field(title="抽查类型", isin=["定向", "不定向"], description="Directed or not")
    item_code: str = field(title="事项编码", description="Item on the list of record")
    item_name: str = field(title="抽查事项", description="Name of record")
    tier: str = field(title="事项类别", isin=["key", "general"], description="Tier of record")
    scope_text: str = field(title="抽查对象范围", description="As filed: a tag, or 全部市场主体")
    towns: list[str] = field(title="抽查区域", description="Towns; empty = the whole county")
    ratio_text: str = field(title="抽查比例（数量）", description="As filed")
    ratio_in_force: str = field(title="执行比例（数量）", description="As filed, or as ruled since")
    credit_requirement: str = field(title="信用风险分类要求", nullable=True, description="As filed")
    is_by_class: bool = field(title="按信用风险分类", description="Whether the row's ratios differ by class")
    ratio_kind: str = field(
        title="数量方式", isin=["rate", "count"], description="Ratio in basis points, or a number of objects"
    )
    rate_bp: list[int] = field(
        title="各类比例（基点）", description="Rate of the classes A B C D N in basis points; empty when a count"
    )
    object_count: int = field(title="抽查户数", nullable=True, ge=1, description="Number to draw when a count")
    class_counts: list[int] = field(
        is_sealed=True,
        title="各类户数",
        description="Number of the classes A B C D N when a count is marked by class; empty otherwise",
    )
    least: int = field(title="最少户数", ge=0, description="Least number from 不少于; 0 when none")
    method: str = field(title="检查方式", description="As filed")
    is_on_site: bool = field(title="需上门", description="Whether somebody goes to the door")
    starts_on: dt.date = field(title="开始日期", description="First day of the window")
    ends_on: dt.date = field(title="结束日期", description="Last day of the window")
    partners: list[str] = field(
        title="配合部门", description="Partner departments of the sixteen that name an item of their own"
    )
    partner_items: list[str] = field(title="配合事项编码", description="Partners' items on the list of record")
    matching: str = field(title="检查人员匹配方式", isin=["分组", "分散"], description="Fixed groups or individuals")
    is_exclusive: bool = field(title="不合并", description="Surprise or sensitive check: stays alone")
    scope_count: int = field(title="抽查基数", ge=1, description="Objects in scope")
    expected_count: float = field(title="预计户数", ge=0, description="Expected number drawn")
    note: str = field(title="备注", nullable=True, description="As filed")
    changes: list[str] = field(
        is_sealed=True, title="变动", description="What is not as filed, by which ruling or rule; Chinese sentences"
    )
    filed_digest: str = field(
        title="报送内容摘要", description="12 hex digits of what was filed: another content is another question"
    )
    file: str = field(title="文件", description="File name")
    sheet: str = field(title="工作表", description="Sheet name")
    row: int = field(title="行号", ge=1, description="Row as a spreadsheet shows it")


class Refused(Table):
    """Plan rows refused, one line per reason, for the department to mend."""

    plan_row_id: str = field(title="抽查计划编号", description="Number as filed, empty when missing")
    department: str = field(title="部门", description="Filing department")
    file: str = field(title="文件", description="File name")
    sheet: str = field(title="工作表", description="Sheet name")
    row: int = field(title="行号", ge=1, description="Row as a spreadsheet shows it")
    column: str = field(title="列", description="Column meant")
    value: str = field(title="原值", description="Value as filed")
    code: str = field(title="问题代码", str_matches=r"^P\d{3}$", description="Stable problem code")
    # A ruling's reason is part of it, and people write names in those.
    reason: str = field(is_sealed=True, title="退回原因", description="In Chinese")
    fix: str = field(title="怎么改", description="In Chinese")


class Conflicts(Table):
    """What the bureau must settle though the row stands: partners outside the sixteen, partners without an item, idle tags."""

    plan_row_id: str = field(title="抽查计划编号", description="Plan row")
    department: str = field(title="发起部门", description="Filing department")
    kind: str = field(
        title="冲突种类",
        isin=list(CONFLICT_KINDS),
        description="Kind of conflict",
    )
    value: str = field(title="内容", description="The partner or value in question")
    code: str = field(title="问题代码", str_matches=r"^P\d{3}$", description="Stable problem code")
    reason: str = field(title="说明", description="In Chinese")
    fix: str = field(title="怎么办", description="In Chinese")
    answer: str = field(
        title="答复",
        nullable=True,
        isin=["keep", "limit", "none", "return"],
        description="What was ruled: goes on as filed, cut to the limit, the partner stays away, or sent back where "
        "there is no row to send; null while open",
    )
    settled_by: int = field(title="答复的决定", nullable=True, ge=1, description="Number of that ruling in the log")


class Scope(Table):
    """Which objects each standing plan row can reach."""

    plan_row_id: str = field(title="抽查计划编号", description="Plan row")
    object_id: str = field(title="对象编号", description="A living object of the filing department's own list")


class Raises(Table):
    """Objects that signals or last year's results make riskier for the plan than their class says; never lowered."""

    object_id: str = field(title="对象编号", unique=True, description="Object")
    credit_class: str = field(
        is_sealed=True, title="信用风险类别", isin=["A", "B", "C", "D", "N"], description="Class as registered"
    )
    risk_class: str = field(
        is_sealed=True, title="抽查类别", isin=["B", "C", "D"], description="Class the plan and the draw count it in"
    )
    reasons: list[str] = field(is_sealed=True, title="提高原因", description="In Chinese, one per ground")


class Proposals(Table):
    """Merging, step by step: which tasks were joined, why, and what it saves (整合重复检查事项)."""

    step: int = field(title="步骤", ge=1, description="Order of merging: what was ruled, then the largest saving first")
    left_rows: list[str] = field(title="合并前甲", description="Plan rows of one side")
    right_rows: list[str] = field(title="合并前乙", description="Plan rows of the other side")
    departments: list[str] = field(title="涉及部门", description="Departments after the step, partners included")
    item_codes: list[str] = field(title="抽查事项", description="Items after the step, partners' included, sorted")
    starts_on: dt.date = field(title="共同时段起", description="First day of the common window")
    ends_on: dt.date = field(title="共同时段止", description="Last day of the common window")
    workdays: int = field(title="共同工作日", ge=1, description="Working days of the common window")
    common_objects: int = field(title="共同对象数", ge=0, description="Objects in both scopes")
    common_share: float = field(title="重合程度", ge=0, le=1, description="Of the smaller scope, 0-1")
    visits_apart: float = field(title="分别上门（预计）", ge=0, description="Expected doors opened apart")
    visits_together: float = field(title="合并上门（预计）", ge=0, description="Expected doors opened together")
    visits_saved: float = field(title="减少上门（预计）", ge=0, description="Difference")
    reason_codes: list[str] = field(title="理由代码", description="Keys of REASONS, the strongest first")
    ruling: int = field(
        title="审核决定序号", nullable=True, ge=1, description="Ruling that asked for the step; empty for a proposal"
    )
    lost: list[str] = field(
        title="因此不能再合并的",
        description="Groups one side could have merged with and both together cannot: rule and saving, in Chinese",
    )
    reason: str = field(title="合并理由", description="In Chinese")


class UnkeptRulings(Table):
    """Rulings on merging that cannot be kept: against an exclusive or off-site row, a window, or another ruling."""

    log_year: int = field(title="记录年度", ge=2000, description="Year of the decision log")
    seq: int = field(title="序号", ge=1, description="Number in that log")
    topic: str = field(title="审核问题", isin=["merge", "pair", "alias"], description="What was asked")
    subject: str = field(title="对象", description="Plan rows or items it is about; parts parted by |")
    rules: list[str] = field(title="限制", description="Keys of STOPS that stand against it")
    code: str = field(title="问题代码", str_matches=r"^P\d{3}$", description="Stable problem code")
    reason: str = field(title="说明", description="In Chinese")
    fix: str = field(title="怎么办", description="In Chinese")


class Neighbours(Table):
    """Tasks that a rule keeps apart though together they would open fewer doors, and what that costs."""

    left_rows: list[str] = field(title="甲方计划", description="Plan rows of one task")
    right_rows: list[str] = field(title="乙方计划", description="Plan rows of the other task")
    rules: list[str] = field(title="限制", description="Keys of STOPS that keep them apart")
    workdays: int = field(title="共同工作日", ge=0, description="Working days both windows have")
    common_objects: int = field(title="共同对象数", ge=0, description="Objects both reach")
    visits_saved: float = field(title="减少上门（预计）", ge=0, description="Doors they would save as one task")
    reason: str = field(title="说明", description="In Chinese")


class CarriedAlong(Table):
    """Written and network checks that go along with a joint task: same objects, same time, no door of their own."""

    task_id: str = field(title="任务编号", description="Task that goes to the door")
    plan_row_id: str = field(title="抽查计划编号", unique=True, description="Plan row that needs no door")
    department: str = field(title="部门", description="Department that checks")
    item_code: str = field(title="事项编码", description="Item checked")
    method: str = field(title="检查方式", description="As filed")
    common_objects: int = field(title="共同对象数", ge=1, description="Objects both reach")
    common_share: float = field(title="重合程度", ge=0, le=1, description="Of the smaller scope, 0-1")
    starts_on: dt.date = field(title="共同时段起", description="First day of the common window")
    ends_on: dt.date = field(title="共同时段止", description="Last day of the common window")


class RulePrices(Table):
    """What merging saves under the rules as they are and with each dropped or loosened, and what any plan could."""

    rule: str = field(title="规则", isin=["", *STOPS], description="Key of STOPS; empty for the rules as they are")
    setting: str = field(title="规则内容", description="What the rule then says, in Chinese")
    visits_apart: float = field(
        title="分别上门（预计）", ge=0, description="Expected doors when every row is drawn alone"
    )
    visits_saved: float = field(title="减少上门（预计）", ge=0, description="Doors that merging saves")
    share_saved: float = field(title="减少比例", ge=0, le=1, description="Of the doors apart, 0-1")
    most_saved: float = field(title="最多可减少", ge=0, description="Doors no plan could save more than")
    most_share: float = field(title="最多可减少比例", ge=0, le=1, description="Of the doors apart, 0-1")
    most_by_windows: float = field(
        title="仅按时段最多可减少", ge=0, description="The same bound when only windows and rows that stay alone count"
    )
    share_of_most: float = field(title="达到上限的比例", ge=0, le=1, description="Saved of what any plan could, 0-1")


class Moves(Table):
    """Windows that, moved within the year, would let tasks join; each as if those above were accepted."""

    step: int = field(title="步骤", ge=1, description="Largest saving first")
    plan_rows: list[str] = field(title="调整的计划", description="Plan rows that get another window")
    department_names: list[str] = field(title="有关部门", description="Departments whose rows they are")
    starts_on: dt.date = field(title="原开始日期", description="First day of their window now")
    ends_on: dt.date = field(title="原结束日期", description="Last day of their window now")
    new_starts_on: dt.date = field(title="新开始日期", description="First day of the window proposed")
    new_ends_on: dt.date = field(title="新结束日期", description="Last day of the window proposed")
    shift_workdays: int = field(title="移动工作日", description="Working days later; negative when earlier")
    joins_rows: list[str] = field(title="并入的计划", description="Plan rows of the task they would join")
    visits_saved: float = field(title="减少上门（预计）", ge=0, description="Doors this move saves")
    total_saved: float = field(title="累计减少上门（预计）", ge=0, description="With merging and the moves above")
    share_saved: float = field(title="累计减少比例", ge=0, le=1, description="Of the doors apart, 0-1")
    reason: str = field(title="说明", description="In Chinese")


class AliasProposals(Table):
    """Items that may be the same under other names: their rows meet on objects and their names are alike."""

    left_item: str = field(title="甲事项编码", description="Item on the list of record")
    right_item: str = field(title="乙事项编码", description="Item on the list of record")
    left_name: str = field(title="甲事项", description="Name of record")
    right_name: str = field(title="乙事项", description="Name of record")
    left_department: str = field(title="甲部门", description="Department whose item it is")
    right_department: str = field(title="乙部门", description="Department whose item it is")
    similarity: float = field(
        title="名称相似度", ge=0, le=1, description="Of the names without words all items have, 0-1"
    )
    common_objects: int = field(title="共同对象数", ge=1, description="Most objects two rows of the items both reach")


class Tasks(Table):
    """Inspection tasks (抽查任务): merged plan rows that are drawn with one key."""

    task_id: str = field(
        title="任务编号",
        unique=True,
        str_matches=r"^T\d{3}$",
        description="T001 … in order of window and first plan row",
    )
    name: str = field(title="任务名称", description="Chinese title")
    plan_rows: list[str] = field(title="包含计划", description="Plan rows, sorted")
    lead_department: str = field(title="发起（牵头）部门", description="Department with the largest expected number")
    departments: list[str] = field(
        title="参与部门", description="All departments that check something, sorted, lead included"
    )
    item_codes: list[str] = field(title="抽查事项", description="All items, partners' included, sorted")
    is_joint: bool = field(title="部门联合", description="More than one department")
    is_on_site: bool = field(title="需上门", description="Whether any row needs the door")
    is_by_class: bool = field(title="按信用风险分类", description="Whether any row's ratios differ by class")
    starts_on: dt.date = field(title="开始日期", description="First day of the common window")
    ends_on: dt.date = field(title="结束日期", description="Last day of the common window")
    matching: str = field(title="检查人员匹配方式", isin=["分组", "分散"], description="Of the lead row")
    scope_count: int = field(title="抽查基数", ge=1, description="Distinct objects in reach")
    expected_visits: float = field(title="预计户数", ge=0, description="Expected distinct objects drawn")
    visits_apart: float = field(title="合并前预计户数", ge=0, description="Sum of the rows' expected numbers")


class TaskItems(Table):
    """What is checked within a task, and by whom: initiators' rows and partners' items."""

    task_id: str = field(title="任务编号", description="Task")
    plan_row_id: str = field(title="抽查计划编号", description="Plan row the check rides on")
    department: str = field(title="部门", description="Department that checks")
    item_code: str = field(title="事项编码", description="Item checked")
    role: str = field(title="角色", isin=["initiator", "partner"], description="发起 or 配合")
    is_on_site: bool = field(title="需上门", description="Whether it needs the door")


class Rosters(Table):
    """Rosters (任务参加人员名单): whom a department sends to a task, one row per row filed, used or not."""

    department: str = field(title="部门", description="Department whose people they are")
    task_id: str = field(title="任务编号", nullable=True, description="Task, null when the row names none")
    person_id: str = field(title="人员编号", nullable=True, description="Inspector, null when the row names nobody")
    leave_from: dt.date = field(title="请假起", nullable=True, description="First day of leave")
    leave_to: dt.date = field(title="请假止", nullable=True, description="Last day of leave")
    file: str = field(title="文件", description="File name")
    sheet: str = field(title="工作表", nullable=True, description="Sheet")
    row: int = field(title="行号", ge=1, description="Row as a spreadsheet shows it")
    code: str = field(
        title="问题代码", nullable=True, str_matches=r"^P\d{3}$", description="Empty when the row is used"
    )
    reason: str = field(title="原因", nullable=True, description="In Chinese")
    fix: str = field(title="怎么办", nullable=True, description="In Chinese")


class Schemes(Table):
    """What the participants of each joint task say of its scheme (联合抽查方案, policy IV.1)."""

    task_id: str = field(title="任务编号", description="Joint task")
    department: str = field(title="参与部门", description="Department that checks something in it, the lead included")
    subject: str = field(
        title="确认内容", description="What a ruling names: plan rows, department, fingerprint of the scheme"
    )
    state: str = field(title="意见", isin=["waiting", "confirmed", "objected"], description="待确认, 已确认 or 有异议")
    record: int = field(title="决定记录", nullable=True, ge=1, description="Number in the decision log")
    said_on: dt.date = field(title="日期", nullable=True, description="Day of that record")


class Versions(Table):
    """Every version of the year's plan that was signed off (版本记录)."""

    version: int = field(title="版本", ge=1, unique=True, description="Number within the year")
    plan_fingerprint: str = field(title="计划指纹", description="SHA-256 of the version")
    signed_at: str = field(title="签批时间", description="ISO 8601 with +08:00")
    reviewed_by: list[int] = field(title="审核记录", description="Numbers of the reviews in the decision log")
    approved_by: int = field(title="签批记录", ge=1, description="Number of the approval in the decision log")
    approval_hash: str = field(title="签批记录摘要", description="Hash of that record")
    why: str = field(is_sealed=True, title="理由", description="As signed, in Chinese; internal")
    public_note: str = field(title="变更说明", description="As the public reads it; empty for a first version")
    is_current: bool = field(title="现行版本", description="Whether its approval stands")
    task_count: int = field(
        title="任务数", nullable=True, ge=0, description="Tasks; empty when the version is not kept"
    )
    row_count: int = field(title="计划行数", nullable=True, ge=0, description="Plan rows; empty when it is not kept")


class VersionChanges(Table):
    """What changed from each signed version to the next, in Chinese; internal."""

    version: int = field(title="版本", ge=2, description="Version that brought the change")
    what: str = field(title="变更对象", isin=["task", "row"], description="A task, or a plan row")
    subject: str = field(title="编号", description="Task or plan row")
    change: str = field(title="变更", isin=["new", "gone", "changed"], description="Added, dropped, or otherwise")
    column: str = field(title="列", description="Title of the column; empty when all of it is new or gone")
    before: str = field(title="变更前", description="In Chinese")
    after: str = field(title="变更后", description="In Chinese")


class Capacity(Table):
    """Whether each department's people can do the plan: its tightest window, and every window that cannot be kept."""

    department: str = field(title="部门", description="Department whose people are counted")
    item_code: str = field(
        title="事项编码",
        nullable=True,
        description="Item whose qualified people are counted; empty = all the department's, or those of several items",
    )
    item_codes: list[str] = field(
        title="涉及事项", description="Items whose people are counted together, sorted; none = all the department's"
    )
    starts_on: dt.date = field(title="开始日期", description="First day of the window")
    ends_on: dt.date = field(title="结束日期", description="Last day of the window")
    workdays: int = field(title="工作日数", ge=0, description="Working days in the window")
    people: int = field(title="可派人数", ge=0, description="People who may be sent on the first day")
    needed: float = field(
        title="需要人次", ge=0, description="Expected person-visits of the tasks whose windows lie inside"
    )
    available: int = field(title="可用人次", ge=0, description="Person-visits those people can do in the window")
    share: float = field(
        title="占用比例", nullable=True, ge=0, description="needed / available; empty when none can be done"
    )
    visits_short: int = field(title="无法完成户次", ge=0, description="Visits that cannot be done, at least")
    people_short: int = field(
        title="缺少人数", ge=0, description="So many people more, able to check all of it the whole time, would do"
    )
    is_tightest: bool = field(title="最紧时段", description="Whether no other window asks for a larger share")
    task_ids: list[str] = field(title="涉及任务", description="Tasks inside the window, the heaviest first")
    code: str = field(
        title="问题代码", nullable=True, str_matches=r"^P\d{3}$", description="Empty when all can be done"
    )
    reason: str = field(title="说明", nullable=True, description="In Chinese")
    fix: str = field(title="怎么办", nullable=True, description="In Chinese")


class Lenders(Table):
    """Whom pools (片区) could lend where a department's people cannot do the plan: one row per shortage and pool."""

    department: str = field(title="部门", description="Department that lacks people")
    item_codes: list[str] = field(title="涉及事项", description="Items they must be able to check; none = any")
    starts_on: dt.date = field(title="开始日期", description="First day of the window")
    ends_on: dt.date = field(title="结束日期", description="Last day of the window")
    people_short: int = field(title="缺少人数", ge=1, description="People more who would do")
    pool: str = field(title="片区", description="Neighbouring county")
    can_lend: int = field(title="可借人数", ge=0, description="Its people who could come")
    is_enough: bool = field(title="可以补足", description="Whether they are enough")


class Load(Table):
    """How the expected visits lie over the year, per department and month (合理安排检查时段)."""

    department: str = field(title="部门", description="Department whose people are counted")
    month: int = field(title="月份", ge=1, le=12, description="Month")
    task_count: int = field(title="任务数", ge=0, description="On-site tasks under way")
    needed: float = field(
        title="需要人次", ge=0, description="Expected person-visits, spread evenly over the working days of each window"
    )
    available: int = field(
        title="可用人次", ge=0, description="Person-visits the department's people can do in the month"
    )
    share: float = field(
        title="占用比例", nullable=True, ge=0, description="needed / available; empty when none can be done"
    )
    is_crowded: bool = field(title="过于集中", description="Whether it is above the county's share")


class Calendar(Table):
    """Every day of the year before, the year and the year after."""

    on: dt.date = field(title="日期", unique=True, description="Day")
    is_workday: bool = field(title="工作日", description="Whether people work")
    state: str = field(
        title="依据",
        isin=["official", "sample", "provisional"],
        description="State Council's notice, made up for a demonstration, or not yet known",
    )
    note: str = field(title="说明", description="Holiday's name, or why the county's calendar differs")
    notice: str = field(title="文号", description="State Council's notice as the county entered it, else empty")


class Decisions(Table):
    """What the decision log says of registers and plan: append-only, each record chained to the one before in the log."""

    seq: int = field(title="序号", ge=1, unique=True, description="Number in the log")
    at: str = field(title="时间", description="ISO 8601 with +08:00")
    kind: str = field(
        title="事由",
        isin=BEFORE_THE_DRAW,
        description="Sign-off, its withdrawal, a ruling on the plan, a word on a scheme, a judgement on two records, or an "
        "answer on a recusal",
    )
    by: str = field(is_sealed=True, title="何人", description="Who, as a role holder")
    role: str = field(
        title="身份",
        isin=get_args(Role),
        description="Two people sign off: who reviews does not approve; a participant speaks for a department; "
        "a judge compares records or answers whether somebody keeps away; an enterer enters results; a mender answers "
        "for a department's problems",
    )
    channel: str = field(title="途径", description="A workbook's digest, sheet and row; command line; demonstration")
    plan_fingerprint: str = field(
        title="计划指纹", description="SHA-256 of the plan decided on; empty for what is not about the plan"
    )
    what: str = field(title="决定", description="In Chinese")
    why: str = field(is_sealed=True, title="理由", description="In Chinese")
    details: str = field(title="决定内容", description="What the kind of decision needs besides, as a JSON object")
    is_demonstration: bool = field(title="示例", description="Whether the record is made up for a demonstration")
    previous_hash: str = field(title="上一条摘要", description="64 zeros for the first")
    hash: str = field(title="本条摘要", description="SHA-256 of the record with the previous hash")


class Rulings(Table):
    """What people answered to the questions a plan raises, oldest first; the last word on a subject holds."""

    log_year: int = field(title="记录年度", ge=2000, description="Year of the decision log")
    seq: int = field(title="序号", ge=1, description="Number in that log")
    topic: str = field(
        title="审核问题",
        isin=["row", "ratio", "window", "conflict", "partner_item", "merge", "pair", "alias", "move", "scheme"],
        description="What was asked",
    )
    subject: str = field(title="对象", description="Plan rows, items or departments it is about; parts parted by |")
    answer: str = field(title="决定", description="What was answered; withdrawn takes the word before back")
    value: str = field(
        title="内容",
        description="New ratio, window or item codes; of a plan row the digest of what was filed; else empty",
    )
    by: str = field(is_sealed=True, title="何人", description="Who answered")
    role: str = field(title="身份", description="As which role")
    at: str = field(title="时间", description="ISO 8601 with +08:00")
    why: str = field(is_sealed=True, title="理由", description="In Chinese; empty where none is needed")
    channel: str = field(title="途径", description="How it came")
    plan_fingerprint: str = field(title="计划指纹", description="SHA-256 of the plan it was answered on")
    is_in_effect: bool = field(title="有效", description="Whether it is the last word and not taken back")
