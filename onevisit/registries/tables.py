"""Tables of the registries stage: the two registries and the one list (两库一单)."""

import datetime as dt

from onevisit.registries.reasons import LOST, TAKEN
from onevisit.tables import Table, field

OBJECT_KINDS = [
    "企业", "个体工商户", "农民专业合作社", "机关事业单位", "社会组织", "村集体", "场所", "产品", "项目", "行为", "其他",
]  # fmt: skip
OBJECT_FIELDS = [
    "uscc", "name", "subject_id", "address", "operating_address", "town", "state", "opened_on", "legal_rep", "phone",
]  # fmt: skip
"""Fields of an object that are chosen among filed values."""
OBJECT_STATES = ["存续", "停业", "吊销", "注销", "迁出", "撤销"]


class Objects(Table):
    """Inspection objects (检查对象名录库), one row per subject, site, product, project or conduct (policy III.3.1)."""

    object_id: str = field(
        title="对象编号",
        unique=True,
        str_matches=r"^[0-9A-Z-]{1,22}$",
        description="The trusted credit code, or a minted id [A-Z]{2}-[0-9A-Z-]{1,19}",
    )
    uscc: str = field(
        title="统一社会信用代码", nullable=True, description="Trusted credit code (GB 32100), null when none"
    )
    name: str = field(
        title="名称", description="Name as the registering authority writes it, else as most departments do"
    )
    old_names: list[str] = field(
        title="曾用名", description="Other names some department still files, mere spellings left out, sorted"
    )
    object_kind: str = field(title="对象类别", isin=OBJECT_KINDS, description="Kind of subject or thing")
    subject_id: str = field(
        title="责任主体",
        nullable=True,
        description="Object that answers for it: a project's builder, a product's maker, a conduct's party",
    )
    address: str = field(
        title="地址", nullable=True, description="Registered address, by the registering authority first"
    )
    operating_address: str = field(
        title="经营地址", nullable=True, description="Where it is, by the newest record of a department that licenses"
    )
    town: str = field(
        title="镇（街道）",
        nullable=True,
        description="Town of the county, null when neither column, address nor name says",
    )
    state: str = field(title="登记状态", isin=OBJECT_STATES, description="State by the registering authority first")
    is_living: bool = field(
        title="是否存续", description="Whether it may be drawn: state 存续, and nobody took its place"
    )
    opened_on: dt.date = field(title="成立日期", nullable=True, description="Date of establishment")
    legal_rep: str = field(
        is_sealed=True,
        title="负责人",
        nullable=True,
        description="Legal representative or operator; personal, never published",
    )
    phone: str = field(is_sealed=True, title="联系电话", nullable=True, description="Phone; personal, never published")
    tags: list[str] = field(title="监管标签", description="Union of the departments' supervision tags, sorted")
    departments: list[str] = field(title="列管部门", description="Departments whose list holds it, sorted")
    credit_class: str = field(
        is_sealed=True,
        title="信用风险类别",
        isin=["A", "B", "C", "D", "N"],
        description="Credit risk class, N = not classified; never published",
    )
    is_abnormal: bool = field(title="经营异常", description="Whether it is on the list of abnormal operations")
    complaint_count: int = field(
        is_sealed=True, title="投诉举报数", ge=0, description="Substantiated or pending complaints of the last year"
    )
    record_count: int = field(title="来源记录数", ge=1, description="Departmental records behind this object")
    updated_on: dt.date = field(title="更新日期", nullable=True, description="Latest update among the records")


class ObjectSources(Table):
    """Crosswalk: which departmental record belongs to which object."""

    object_id: str = field(title="对象编号", description="Object the record belongs to")
    record_key: str = field(
        title="记录标识",
        unique=True,
        description="What the record is called in every year: department key and its number",
    )
    department: str = field(title="部门", description="Filing department")
    file: str = field(title="文件", description="File name")
    sheet: str = field(title="工作表", description="Sheet name, empty for CSV")
    row: int = field(title="行号", ge=1, description="Row as a spreadsheet shows it")
    source_id: str = field(title="记录编号", nullable=True, description="The department's own record number")
    name: str = field(title="名称", description="Name as filed")
    code_kind: str = field(
        title="代码种类",
        isin=["uscc", "organisation", "registration", "id_card", "broken", "none"],
        description="Kind of the filed code by check digit",
    )
    code: str = field(title="代码", description="Canonical code; ID cards masked; empty when none")
    is_code_trusted: bool = field(
        title="代码可信", description="Whether the code is a valid credit code that the other bearers do not contradict"
    )
    town: str = field(
        title="镇（街道）",
        nullable=True,
        description="Town from the column, else from the address, else from the places the name begins with",
    )
    state: str = field(title="状态", isin=OBJECT_STATES, description="State as this department has it")
    tags: list[str] = field(title="监管标签", description="Tags this department put on the record, sorted")
    matched_by: str = field(
        title="归并依据",
        isin=["code", "score", "judgement", "alone"],
        description="Why the record is in this object: a code it shares, what it has in common, a person's judgement, or the only record",
    )


class Inspectors(Table):
    """Law-enforcement inspectors (执法检查人员名录库), one row per person (policy III.3.2)."""

    person_id: str = field(title="人员编号", unique=True, description="Minted id P-0001, internal, never published")
    person_key: str = field(
        is_sealed=True,
        title="身份摘要",
        nullable=True,
        description="Salted digest of the full ID number, null when no full number was filed",
    )
    name: str = field(is_sealed=True, title="姓名", description="Name; personal, never published")
    departments: list[str] = field(title="部门", description="Departments that list the person, sorted")
    person_kind: str = field(
        title="人员类别", isin=["执法人员", "日常监管人员", "专家"], description="The groups of policy III.3.2"
    )
    qualifications: list[str] = field(title="岗位资质", description="Post qualifications, sorted; empty for 无")
    item_codes: list[str] = field(
        title="执法事项范围", description="Items the person may check, over all departments, sorted"
    )
    certificate_no: str = field(
        is_sealed=True,
        title="执法证编号",
        nullable=True,
        description="Enforcement certificate number as filed, the one valid longest; never published",
    )
    certificate_valid_to: dt.date = field(title="执法证有效期", nullable=True, description="Last day of validity")
    birth_year: int = field(is_sealed=True, title="出生年", nullable=True, description="From the ID number; internal")
    phone_key: str = field(
        is_sealed=True, title="电话摘要", nullable=True, description="Salted digest of the phone number"
    )
    is_valid: bool = field(title="状态有效", description="Status 有效 in every list that names the person")
    unavailability: str = field(
        title="不能参加情形", nullable=True, description="Leave, secondment and the like; null when none"
    )
    is_eligible: bool = field(
        title="可派出",
        description="Counts towards a team: 执法人员, valid, with a certificate that has not expired at the year's start, available, below retirement age",
    )


class InspectorSources(Table):
    """Crosswalk: which departmental row belongs to which person."""

    person_id: str = field(title="人员编号", description="Person the row belongs to")
    record_key: str = field(
        title="记录标识", unique=True, description="What the row is called in every year: department key and its number"
    )
    department: str = field(title="部门", description="Filing department")
    file: str = field(title="文件", description="File name")
    sheet: str = field(title="工作表", description="Sheet name")
    row: int = field(title="行号", ge=1, description="Row as a spreadsheet shows it")
    source_id: str = field(title="人员编号（部门）", nullable=True, description="The department's own person number")
    item_codes: list[str] = field(
        title="执法事项范围", description="Items of this department the person may check, sorted"
    )
    qualifications: list[str] = field(title="岗位资质", description="Qualifications on this row, sorted")
    matched_by: str = field(
        title="归并依据",
        isin=["id", "certificate", "phone", "name_department", "name_validity", "alone"],
        description="Why the row is this person: same ID number, or same name with certificate, phone, department or last day of validity",
    )


class Lent(Table):
    """People whom neighbours' pools (片区) list, one row per pool, department and person with a certificate."""

    rank: int = field(title="片区顺序", ge=1, description="Place of the pool in the county's settings")
    pool: str = field(title="片区", description="Neighbouring county")
    max_seats: int = field(
        title="每年最多借出（人次）", nullable=True, ge=1, description="Seats the pool lends a year; null: any number"
    )
    department: str = field(title="部门", description="Department the person would come to")
    person_id: str = field(
        title="人员编号", description="P-片区- and the start of the commitment; internal, never published"
    )
    name: str = field(is_sealed=True, title="姓名", description="Name; personal, never published")
    certificate_no: str = field(
        is_sealed=True, title="执法证编号", description="Enforcement certificate number; never published"
    )
    certificate_valid_to: dt.date = field(title="执法证有效期", nullable=True, description="Last day of validity")
    item_codes: list[str] = field(title="执法事项范围", description="Items the person may check there, sorted")
    qualifications: list[str] = field(title="岗位资质", description="Post qualifications, sorted")
    is_eligible: bool = field(title="可派出", description="May be sent, as the county's own may")


class Experts(Table):
    """Experts (专家名录库), drawn on top of the legal minimum of inspectors."""

    expert_id: str = field(title="专家编号", unique=True, description="Number as filed")
    name: str = field(is_sealed=True, title="姓名", description="Name; personal, never published")
    employer: str = field(title="工作单位", nullable=True, description="Employer")
    specialty: str = field(title="专业领域", description="Field: a supervision tag")
    title: str = field(title="职称", nullable=True, description="Professional title")
    is_valid: bool = field(title="状态有效", description="Status 有效")


class Items(Table):
    """The list of record (随机抽查事项清单) with its guides (policy III.2 and III.4)."""

    item_code: str = field(
        title="事项编码", unique=True, str_matches=r"^[A-Z]{2,5}-\d{3}$", description="Code on the list"
    )
    department: str = field(title="部门", description="Responsible department")
    category: str = field(title="抽查类别", description="Category on the list")
    item_name: str = field(title="抽查事项", description="Name of the item")
    tier: str = field(title="事项类别", isin=["key", "general"], description="重点检查事项 or 一般检查事项")
    object_scope: str = field(title="检查对象", description="Whom it concerns, as the list says")
    tags: list[str] = field(title="监管标签", description="Tags that bridge the item to the objects")
    methods: list[str] = field(title="检查方式", description="现场检查 书面检查 网络监测 …")
    ratio_text: str = field(title="抽查比例及频次", nullable=True, description="As the list says")
    ratio_max_bp: int = field(
        title="比例上限（基点）",
        nullable=True,
        ge=0,
        le=10000,
        description="Upper limit of the ratio in basis points, null when the list names none",
    )
    frequency_max: int = field(
        title="频次上限（次/年）", nullable=True, ge=1, description="At most so many checks a year per object"
    )
    qualification: str = field(
        title="检查人员要求", nullable=True, description="Post qualification one inspector must have; null when none"
    )
    is_expert_needed: bool = field(title="需要专家", description="Whether an expert joins the team")
    legal_basis: str = field(title="检查依据", nullable=True, description="Laws and articles")
    list_version: str = field(title="清单版本", description="Version of the list of record")
    content: list[str] = field(
        title="检查内容", description="Check points from the guide; empty when there is no guide"
    )
    guide_method: str = field(title="检查方法", nullable=True, description="How to check, from the guide")
    materials: list[str] = field(title="需准备材料", description="What the business prepares")
    has_guide: bool = field(title="有工作指引", description="Whether guides.csv has this item")


class ItemDrift(Table):
    """Where a department's filed list differs from the list of record; no department certifies itself."""

    department: str = field(title="部门", description="Filing department")
    item_code: str = field(title="事项编码", description="Code as filed or as recorded")
    problem: str = field(
        title="差异",
        isin=["not_on_record", "not_filed", "other_department", "name", "tier", "ratio", "qualification"],
        description="What differs",
    )
    filed: str = field(title="部门清单", nullable=True, description="Value as filed")
    recorded: str = field(title="省级清单", nullable=True, description="Value of record")
    file: str = field(title="文件", nullable=True, description="File name")
    row: int = field(title="行号", nullable=True, description="Row as a spreadsheet shows it")


class Interests(Table):
    """Declared interests (利害关系): this person does not visit this object (policy IV.1)."""

    person_id: str = field(
        title="人员编号", nullable=True, description="Inspector, null when the declaration names nobody on the register"
    )
    expert_id: str = field(title="专家编号", nullable=True, description="Expert, null when an inspector is meant")
    object_id: str = field(
        title="对象编号", nullable=True, description="Object, null when no object matches: a clerk must look"
    )
    relation: str = field(
        title="关系", description="Kind of relation as filed, 曾任职, or 同一证件/同一电话 found in the data"
    )
    declared_by: str = field(title="来源", description="本人申报, 组织核查, 部门报送 or 系统比对")
    department: str = field(title="部门", description="Filing department")
    file: str = field(title="文件", nullable=True, description="File name, null for 系统比对")
    row: int = field(title="行号", nullable=True, description="Row as a spreadsheet shows it")


class Suspicions(Table):
    """Suspicions (疑似利害关系): a name shared by an inspector and whoever answers for an object; its department is asked."""

    suspicion_id: str = field(
        title="核对编号", unique=True, str_matches=r"^H-[0-9A-F]{10}$", description="The same in every year"
    )
    person_id: str = field(title="人员编号", description="Inspector")
    object_id: str = field(title="对象编号", description="Object")
    department: str = field(title="部门", description="Department that is asked: the first that lists the inspector")
    grounds: str = field(title="疑似原因", description="What the two share, in Chinese")
    answer: str = field(
        title="是否应当回避",
        nullable=True,
        isin=["recuse", "clear"],
        description="Keeps away, or need not; null while nobody has answered, and then nobody is kept apart",
    )
    by: str = field(is_sealed=True, title="填写人", nullable=True, description="Who answered")
    at: str = field(title="时间", nullable=True, description="When, with time zone")
    why: str = field(is_sealed=True, title="理由", nullable=True, description="Why, in the answerer's words")


class Signals(Table):
    """Credit classes, abnormal listings and complaints, tied to objects; unmatched ones kept with a null object."""

    object_id: str = field(title="对象编号", nullable=True, description="Object, null when none matches")
    kind: str = field(title="信号种类", isin=["credit", "abnormal", "complaint"], description="Kind of signal")
    value: str = field(is_sealed=True, title="内容", description="Class A-D, listing reason, or complaint category")
    on: dt.date = field(title="日期", nullable=True, description="Assessed, listed or received on")
    is_counted: bool = field(
        title="计入",
        description="Whether it counts: latest class, listing not lifted, complaint substantiated or pending",
    )
    department: str = field(title="部门", description="Filing department")
    file: str = field(title="文件", description="File name")
    row: int = field(title="行号", ge=1, description="Row as a spreadsheet shows it")


class DuplicatesToReview(Table):
    """Pairs of records a person should look at: they may be one object, or a code may be filed wrongly. None is merged for being here."""

    pair_id: str = field(
        title="疑似编号", unique=True, description="R- and ten hex digits of the two record keys' digest"
    )
    department: str = field(title="核对部门", description="Department that is asked: the one whose record is in doubt")
    kind: str = field(
        title="疑似类别",
        isin=["likely_same", "suspect_code", "two_codes", "two_ids"],
        description="What is in doubt: whether they are one; a code that others contradict; two codes on lookalikes; two published ids that would become one",
    )
    probability: float = field(
        title="同一对象的可能性", nullable=True, ge=0, le=1, description="By the fields compared, 0-1"
    )
    reason: str = field(title="疑似原因", description="Why a person should look, in one Chinese sentence")
    waterfall: str = field(
        is_sealed=True,
        title="逐项理由",
        description="One line a field, in Chinese: both values, whether they agree, and the points for or against",
    )
    left_key: str = field(title="记录标识甲", description="Record, left side")
    left_id: str = field(title="对象编号甲", description="Object the record is in now, left side")
    left_department: str = field(title="部门甲", description="Filing department, left side")
    left_file: str = field(title="文件甲", description="File name, left side")
    left_sheet: str = field(title="工作表甲", description="Sheet name, empty for CSV, left side")
    left_row: int = field(ge=1, title="行号甲", description="Row as a spreadsheet shows it, left side")
    left_name: str = field(title="名称甲", description="Name as filed, left side")
    left_code: str = field(title="代码甲", description="Canonical code, ID cards masked; empty when none, left side")
    left_address: str = field(nullable=True, title="地址甲", description="Address as filed, left side")
    left_town: str = field(nullable=True, title="镇（街道）甲", description="Town, left side")
    left_legal_rep: str = field(
        is_sealed=True, nullable=True, title="负责人甲", description="Representative as filed, left side"
    )
    left_phone: str = field(
        is_sealed=True, nullable=True, title="联系电话甲", description="Phone, its middle hidden, left side"
    )
    left_opened_on: dt.date = field(nullable=True, title="成立日期甲", description="Date of establishment, left side")
    left_state: str = field(title="状态甲", description="State as this department has it, left side")
    right_key: str = field(title="记录标识乙", description="Record, right side")
    right_id: str = field(title="对象编号乙", description="Object the record is in now, right side")
    right_department: str = field(title="部门乙", description="Filing department, right side")
    right_file: str = field(title="文件乙", description="File name, right side")
    right_sheet: str = field(title="工作表乙", description="Sheet name, empty for CSV, right side")
    right_row: int = field(ge=1, title="行号乙", description="Row as a spreadsheet shows it, right side")
    right_name: str = field(title="名称乙", description="Name as filed, right side")
    right_code: str = field(title="代码乙", description="Canonical code, ID cards masked; empty when none, right side")
    right_address: str = field(nullable=True, title="地址乙", description="Address as filed, right side")
    right_town: str = field(nullable=True, title="镇（街道）乙", description="Town, right side")
    right_legal_rep: str = field(
        is_sealed=True, nullable=True, title="负责人乙", description="Representative as filed, right side"
    )
    right_phone: str = field(
        is_sealed=True, nullable=True, title="联系电话乙", description="Phone, its middle hidden, right side"
    )
    right_opened_on: dt.date = field(nullable=True, title="成立日期乙", description="Date of establishment, right side")
    right_state: str = field(title="状态乙", description="State as this department has it, right side")


class Judgements(Table):
    """What people said of pairs of records, from the decision logs of this year and the years before; the last word on a pair counts."""

    log_year: int = field(title="年度", description="Year of the log")
    seq: int = field(title="序号", ge=1, description="Number in that log")
    pair_id: str = field(title="疑似编号", description="Number under which the pair was asked about")
    left_key: str = field(title="记录标识甲", description="Record, the lower of the two")
    right_key: str = field(title="记录标识乙", description="Record, the higher of the two")
    judgement: str = field(
        title="判断",
        isin=["same", "different", "unsure", "withdrawn"],
        description="One object, two objects, cannot say, or an earlier judgement taken back",
    )
    by: str = field(is_sealed=True, title="判断人", description="Who judged")
    at: str = field(title="时间", description="When, with time zone")
    why: str = field(is_sealed=True, title="理由", description="Why, in the judge's words")
    is_in_effect: bool = field(title="有效", description="Whether no later judgement on the pair replaced it")


class LinkageWeights(Table):
    """What the comparison of two records counts for, learnt from records whose codes are known."""

    compared: str = field(title="比较项", description="What is compared; `base` is the starting value of every pair")
    level: int = field(title="程度", description="Level of agreement, 0 = cannot be compared")
    meaning: str = field(title="含义", description="What the level means, in Chinese")
    points: float = field(title="分值", description="Log-odds for (+) or against (-) being one object, in bits")


class ObjectIds(Table):
    """Every object id ever given, kept from year to year; an id is never given to another object."""

    object_id: str = field(title="对象编号", unique=True, str_matches=r"^[0-9A-Z-]{1,22}$", description="The id")
    first_year: int = field(title="首次使用年度", description="Year it was first given")
    last_year: int = field(title="最近使用年度", description="Last year in which records were in the object")
    state: str = field(
        title="编号状态",
        isin=["active", "gone", "merged"],
        description="In use; no department lists the object any more; replaced by another id",
    )
    merged_into: str = field(title="并入编号", nullable=True, description="The id that replaced it")


class ObjectIdRecords(Table):
    """Which object each record was last in: how an id is found again next year."""

    record_key: str = field(title="记录标识", unique=True, description="What the record is called in every year")
    object_id: str = field(title="对象编号", description="Object it was last in")
    last_year: int = field(title="最近年度", description="Year it was last filed")


class InspectorIds(Table):
    """Every person id ever given, kept from year to year; an id is never given to another person."""

    person_id: str = field(title="人员编号", unique=True, str_matches=r"^P-\d{4,}$", description="The id")
    first_year: int = field(title="首次使用年度", description="Year it was first given")
    last_year: int = field(title="最近使用年度", description="Last year in which a department listed the person")
    state: str = field(
        title="编号状态", isin=["active", "gone", "merged"], description="In use; listed nowhere any more; replaced"
    )
    merged_into: str = field(title="并入编号", nullable=True, description="The id that replaced it")


class InspectorIdRecords(Table):
    """Which person each row was last: how a person's id is found again next year."""

    record_key: str = field(title="记录标识", unique=True, description="What the row is called in every year")
    person_id: str = field(title="人员编号", description="Person it was last")
    last_year: int = field(title="最近年度", description="Year it was last filed")


class Changes(Table):
    """Dynamic management (动态管理): what changed in the register of objects since the year before."""

    object_id: str = field(
        title="对象编号", description="Object, by the id it has now; one that is gone by the id it had"
    )
    change: str = field(
        title="变动",
        isin=["new", "gone", "moved", "renamed", "merged", "split", "state", "recoded"],
        description="New; listed by nobody any more; other town or address; other name; joined another; divided; other state; other credit code",
    )
    before: str = field(
        title="变动前", nullable=True, description="Value last year; for merged, split and recoded the id before"
    )
    after: str = field(
        title="变动后", nullable=True, description="Value this year; for merged, split and recoded the id now"
    )
    departments: list[str] = field(title="列管部门", description="Departments whose list holds it, or held it, sorted")


class ObjectFields(Table):
    """Every value any department filed for an object, which one the register took, and why."""

    object_id: str = field(title="对象编号", description="Object")
    field_: str = field(
        alias="field",
        title="字段",
        isin=OBJECT_FIELDS,
        description="Field of the register",
    )
    value: str = field(is_sealed=True, title="值", description="Value as filed, brought to the register's form")
    department: str = field(title="部门", description="Filing department")
    file: str = field(title="文件", description="File name")
    sheet: str = field(title="工作表", description="Sheet name, empty for CSV")
    row: int = field(title="行号", ge=1, description="Row as a spreadsheet shows it")
    is_chosen: bool = field(title="采用", description="Whether the register has this value from this row")
    why: str = field(title="理由", isin=[*TAKEN, *LOST], description="Why it was taken, or lost, in Chinese")


class Successors(Table):
    """Which object follows which: re-registration and 个转企 are two objects, the closed one leaves the draw."""

    object_id: str = field(title="对象编号", description="The object that follows")
    successor_of: str = field(title="承接自", description="The closed object it follows")
    relation: str = field(
        title="承接关系", isin=["re-registration", "individual_to_enterprise"], description="重新登记 or 个转企"
    )
    reason: str = field(title="依据", description="What the two have in common, in Chinese")
