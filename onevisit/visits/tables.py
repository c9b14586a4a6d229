"""Tables of the visits stage: one visit, many checks (进一次门、查多项事; policy IV)."""

import datetime as dt

from onevisit.tables import Table, field


class Obligations(Table):
    """What must be checked where after the draw: one row per object, task, plan row, department and item."""

    object_id: str = field(title="对象编号", description="Object drawn or taken as a substitute")
    serial: str = field(title="场次编号", description="Round")
    task_id: str = field(title="任务编号", description="Task")
    plan_row_id: str = field(title="抽查计划编号", description="Plan row")
    department: str = field(title="部门", description="Department that checks")
    item_code: str = field(title="事项编码", description="Item checked")
    role: str = field(title="角色", isin=["initiator", "partner"], description="发起 or 配合")
    is_on_site: bool = field(title="需上门", description="Written and network checks need no door")
    starts_on: dt.date = field(title="开始日期", description="First day of the task's window")
    ends_on: dt.date = field(title="结束日期", description="Last day of the task's window")
    batch: int = field(title="批次", ge=1, description="Batch within the task")
    visit_id: str = field(
        title="入户编号", nullable=True, description="Visit that serves it; null when no door is needed"
    )


class Deferred(Table):
    """Checks owed that are over a frequency cap: they get no visit, and people decide what becomes of them."""

    object_id: str = field(title="对象编号", description="Object drawn or taken as a substitute")
    serial: str = field(title="场次编号", description="Round")
    task_id: str = field(title="任务编号", description="Task")
    plan_row_id: str = field(title="抽查计划编号", description="Plan row")
    department: str = field(title="部门", description="Department that was to check")
    item_code: str = field(title="事项编码", description="Item to be checked")
    role: str = field(title="角色", isin=["initiator", "partner"], description="发起 or 配合")
    is_on_site: bool = field(title="需上门", description="Written and network checks need no door")
    starts_on: dt.date = field(title="开始日期", description="First day of the task's window")
    ends_on: dt.date = field(title="结束日期", description="Last day of the task's window")
    batch: int = field(title="批次", ge=1, description="Batch within the task")
    cap_kind: str = field(
        title="上限种类",
        isin=["department", "item"],
        description="Visits of the department to the object, or checks of the item there",
    )
    cap: int = field(title="年度上限（次）", ge=1, description="So many a year")
    reason: str = field(title="暂缓原因", description="In Chinese")
    fix: str = field(title="怎么办", description="In Chinese")


class Visits(Table):
    """Visits: an object's on-site obligations of a round, grouped into the fewest doors opened."""

    visit_id: str = field(
        title="入户编号",
        unique=True,
        description="two-digit round - object id - two-digit ordinal within the round; tickets use the part after the round",
    )
    serial: str = field(title="场次编号", description="Round")
    object_id: str = field(title="对象编号", description="Object visited")
    task_ids: list[str] = field(title="任务", description="Tasks served, sorted")
    lead_department: str = field(
        title="牵头部门",
        description="Lead of the task that forced the visit; where it checks nothing at this door, the initiator of the plan row that did",
    )
    departments: list[str] = field(title="参与部门", description="Departments that come, sorted")
    item_codes: list[str] = field(title="检查事项", description="Everything checked, sorted")
    starts_on: dt.date = field(title="最早日期", description="Latest start of its obligations")
    ends_on: dt.date = field(title="最晚日期", description="Earliest end of its obligations")
    opened_by: str = field(title="决定性计划", description="Plan row whose deadline forced this visit")
    object_visits: int = field(title="该对象上门次数", ge=1, description="Visits of the object in the round")
    lower_bound: int = field(title="最少次数下界", ge=1, description="Proven least number of visits for the object")
    is_proven: bool = field(title="已证最少", description="Whether object_visits equals the bound")


class Teams(Table):
    """Who goes: inspectors drawn per visit and department (联合检查组)."""

    visit_id: str = field(title="入户编号", description="Visit")
    department: str = field(title="部门", description="Department")
    person_id: str = field(title="人员编号", description="Inspector, internal id; never published")
    commitment: str = field(
        title="人员承诺",
        str_matches=r"^[0-9a-f]{64}$",
        description="SHA-256(salt|certificate number): what the public sees of a person",
    )
    ticket: str = field(
        title="票号",
        str_matches=r"^[0-9a-f]{64}$",
        description="SHA-256 ticket for the visit: of the person, or of the fixed group the person was dealt into",
    )
    group_no: int = field(
        title="检查小组",
        nullable=True,
        ge=1,
        description="Fixed group of the round (分组); null when drawn one by one (分散)",
    )
    is_specialist: bool = field(
        title="专业人员", description="Whether the person holds the qualification an item requires"
    )
    is_leader: bool = field(title="组长", description="Leader of the joint group, from the lead department's own")
    lender: str = field(
        title="借自片区", nullable=True, description="Pool that lends the person; null for the department's own"
    )
    replaces: str = field(
        title="替换的人员",
        nullable=True,
        str_matches=r"^[0-9a-f]{64}$",
        description="Commitment of the person whose place this one took later; null for who was drawn",
    )
    reason: str = field(title="替换原因", nullable=True, description="Why, in Chinese; null for who was drawn")


class Alternates(Table):
    """Alternates (候补): who takes the place of somebody sent that has to stay away, fixed with the draw."""

    visit_id: str = field(title="入户编号", description="Visit")
    kind: str = field(title="候补种类", isin=["inspectors", "experts"], description="Inspectors or experts")
    department: str = field(title="部门", description="Department whose team it is, or that needs the expert")
    replaces: str = field(
        title="替换的人员",
        str_matches=r"^[0-9a-f]{64}$",
        description="Commitment of the person whose place it would be",
    )
    person_id: str = field(title="人员编号", nullable=True, description="Inspector, null when an expert is meant")
    expert_id: str = field(title="专家编号", nullable=True, description="Expert, null when an inspector is meant")
    commitment: str = field(
        title="人员承诺", str_matches=r"^[0-9a-f]{64}$", description="What the public sees of the alternate"
    )
    ticket: str = field(title="票号", str_matches=r"^[0-9a-f]{64}$", description="The alternate's own ticket")


class Shortages(Table):
    """Visits for which a department cannot field enough people: named, never silently short."""

    visit_id: str = field(title="入户编号", description="Visit")
    department: str = field(title="部门", description="Department")
    kind: str = field(title="缺什么人", isin=["inspectors", "experts"], description="Inspectors or experts")
    needed: int = field(title="需要人数", ge=1, description="People needed")
    eligible: int = field(title="可派人数", ge=0, description="Qualified, unrecused, available people")
    reason: str = field(title="原因", description="In Chinese")


class ExpertAssignments(Table):
    """Experts drawn on top of the legal minimum where an item needs one."""

    visit_id: str = field(title="入户编号", description="Visit")
    task_id: str = field(title="任务编号", description="Task that calls for the expert")
    expert_id: str = field(title="专家编号", description="Expert; never published")
    commitment: str = field(
        title="人员承诺", str_matches=r"^[0-9a-f]{64}$", description="What the public sees of the expert"
    )
    specialty: str = field(title="专业领域", description="Field matched")
    ticket: str = field(title="票号", str_matches=r"^[0-9a-f]{64}$", description="SHA-256 ticket")
    replaces: str = field(
        title="替换的人员",
        nullable=True,
        str_matches=r"^[0-9a-f]{64}$",
        description="Commitment of the expert whose place this one took later; null for who was drawn",
    )
    reason: str = field(title="替换原因", nullable=True, description="Why, in Chinese; null for who was drawn")


class Recusals(Table):
    """Pairs of person and object kept apart (回避), with the source."""

    person_id: str = field(title="人员编号", nullable=True, description="Inspector, null when an expert is meant")
    expert_id: str = field(title="专家编号", nullable=True, description="Expert, null when an inspector is meant")
    object_id: str = field(title="对象编号", description="Object")
    relation: str = field(title="关系", description="Kind of relation")
    source: str = field(title="来源", description="本人申报, 组织核查, 系统比对")


class Deadlines(Table):
    """When each visit must start: five working days after the draw, or its window's end if sooner (policy IV.1)."""

    visit_id: str = field(title="入户编号", unique=True, description="Visit")
    drawn_on: dt.date = field(title="抽取日期", description="Day of the draw")
    task_start_by: dt.date = field(
        title="任务启动期限", description="Fifth working day after the draw: the task must have begun by then"
    )
    visit_by: dt.date = field(title="入户期限", description="Last day of the visit's window")
    publish_by: dt.date = field(
        title="公示期限",
        nullable=True,
        description="Twentieth working day after the visit's last day; null while those days are provisional",
    )
    close_by: dt.date = field(
        title="入户截止日期",
        description="Last day for the visit if what it finds is to be public by the window's end (close_before_end_workdays)",
    )
    day_state: str = field(
        title="日历依据", isin=["official", "sample"], description="Never provisional: such a deadline is not printed"
    )


class Schedule(Table):
    """A proposed day for every visit, or why it has none; internal: nobody visited knows the day beforehand."""

    visit_id: str = field(title="入户编号", unique=True, description="Visit")
    serial: str = field(title="场次编号", description="Round")
    batch: int = field(title="批次", ge=1, description="First of the batches its checks stand in")
    town: str = field(title="镇（街道）", nullable=True, description="Town of the object; null when nobody knows it")
    departments: list[str] = field(title="参与部门", description="Departments that come, sorted")
    first_on: dt.date = field(title="最早可上门", description="First day in its window after the draw")
    last_on: dt.date = field(title="最晚日期", description="Last day of its window")
    visit_on: dt.date = field(title="建议上门日期", nullable=True, description="A working day; null when none is left")
    moved_from: dt.date = field(
        title="原定日期", nullable=True, description="Day that was near and kept, until it became impossible"
    )
    moved_why: str = field(title="改期原因", nullable=True, description="Why it did, in Chinese")
    late_tasks: list[str] = field(
        title="启动过晚的任务",
        description="Tasks it serves that have no visit by the fifth working day after the draw, sorted",
    )
    is_on_time: bool = field(title="按时启动", description="Whether it has a day, and no task it serves starts late")
    code: str = field(title="问题代码", nullable=True, str_matches=r"^V\d{3}$", description="Empty when it has a day")
    reason: str = field(title="未能安排的原因", nullable=True, description="In Chinese")
    fix: str = field(title="怎么办", nullable=True, description="In Chinese")


class Pools(Table):
    """What neighbours list of the people they could lend (片区执法检查人员库), per pool and department."""

    pool: str = field(title="片区", description="Neighbouring county")
    department: str = field(title="部门", description="Department its people would come to")
    kept_count: int = field(title="采用行数", ge=0, description="Rows of its lists of inspectors that were used")
    refused_count: int = field(title="退回行数", ge=0, description="Rows that cannot be used")
    people: int = field(title="可借人数", ge=0, description="People who may be sent this year")


class Borrowing(Table):
    """Whom to borrow for visits a department cannot field (片区协同): the fewest people, from which pool."""

    visit_id: str = field(title="入户编号", description="Visit")
    department: str = field(title="部门", description="Department that is short")
    item_codes: list[str] = field(title="检查事项", description="What it checks there, sorted")
    qualifications: list[str] = field(title="岗位资质", description="Qualifications these items need, sorted")
    state: str = field(
        title="商借状态",
        isin=["drawn", "proposed"],
        description="drawn: sits in the team by lot; proposed: the team waits for it",
    )
    needed: int = field(title="需要人数", ge=1, description="People of its team")
    eligible: int = field(title="可派人数", ge=0, description="Its own who may come")
    least: int = field(
        title="至少商借", ge=1, description="Proven: fewer, were they able to check everything, would not do"
    )
    pool: str = field(title="片区", nullable=True, description="Pool to ask; null when none can fill the team")
    lent: int = field(title="商借人数", ge=0, description="People of that pool who fill the team, as few as can be")
    is_least: bool = field(title="已证最少", description="Whether lent equals the proven least")
    code: str = field(title="问题代码", nullable=True, str_matches=r"^V\d{3}$", description="Empty when a pool can")
    reason: str = field(title="原因", nullable=True, description="In Chinese")
    fix: str = field(title="怎么办", nullable=True, description="In Chinese")
