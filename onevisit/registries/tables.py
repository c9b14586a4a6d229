"""Tables of the registries stage: the two registries and the one list (两库一单)."""

import datetime as dt

from onevisit.tables import Table, field

OBJECT_KINDS = ["企业", "个体工商户", "农民专业合作社", "机关事业单位", "社会组织", "村集体", "场所项目", "其他"]
OBJECT_STATES = ["存续", "停业", "吊销", "注销", "迁出", "撤销"]


class Objects(Table):
    """Inspection objects (检查对象名录库), one row per real subject or site (policy III.3.1)."""

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
    object_kind: str = field(title="对象类别", isin=OBJECT_KINDS, description="Kind of subject or site")
    address: str = field(title="地址", nullable=True, description="Registered address or place of business")
    town: str = field(
        title="镇（街道）",
        nullable=True,
        description="Town of the county, null when neither column, address nor name says",
    )
    state: str = field(title="登记状态", isin=OBJECT_STATES, description="State by the registering authority first")
    is_living: bool = field(title="是否存续", description="Whether it may be drawn: state 存续")
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
    town: str = field(
        title="镇（街道）",
        nullable=True,
        description="Town from the column, else from the address, else from the places the name begins with",
    )
    state: str = field(title="状态", isin=OBJECT_STATES, description="State as this department has it")
    tags: list[str] = field(title="监管标签", description="Tags this department put on the record, sorted")
    matched_by: str = field(
        title="归并依据",
        isin=["code", "name_person", "name_town", "alone"],
        description="Why the record is in this object: same code, same name and representative, same name and town, or the only record",
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
        isin=["id", "certificate", "phone", "name_department", "alone"],
        description="Why the row is this person: same ID number, or same name with certificate, phone or department",
    )


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
    relation: str = field(title="关系", description="Kind of relation as filed, or 同一证件/同一电话 found in the data")
    declared_by: str = field(title="来源", description="本人申报, 组织核查 or 系统比对")
    department: str = field(title="部门", description="Filing department")
    file: str = field(title="文件", nullable=True, description="File name, null for 系统比对")
    row: int = field(title="行号", nullable=True, description="Row as a spreadsheet shows it")


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
    """Pairs of objects that may be one: same normalised name and town, but codes that differ."""

    left_id: str = field(title="对象甲", description="Object id")
    right_id: str = field(title="对象乙", description="Object id, after the left one")
    left_name: str = field(title="名称甲", description="Name")
    right_name: str = field(title="名称乙", description="Name")
    reason: str = field(title="疑似原因", description="Why a person should look, in Chinese")
