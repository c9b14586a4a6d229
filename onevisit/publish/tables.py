"""Tables of the publish stage: exactly what the public may see, by allow-list of columns (一公开)."""

import datetime as dt

from onevisit.supervision.tables import REGISTRIES
from onevisit.tables import Table, field


class PublicItems(Table):
    """抽查事项清单."""

    item_code: str = field(title="事项编码", unique=True, description="Code on the list")
    department: str = field(title="检查机关", description="Responsible department")
    category: str = field(title="抽查类别", description="Category")
    item_name: str = field(title="抽查事项", description="Name")
    tier: str = field(title="事项类别", isin=["重点检查事项", "一般检查事项"], description="Tier")
    object_scope: str = field(title="检查对象", description="Whom it concerns")
    methods: str = field(title="检查方式", description="Joined by 、")
    ratio_text: str = field(title="抽查比例及频次", nullable=True, description="As the list says")
    content: str = field(title="检查内容", nullable=True, description="Check points, joined by ；")
    materials: str = field(title="需准备材料", nullable=True, description="Joined by ；")
    legal_basis: str = field(title="检查依据", nullable=True, description="Laws and articles")
    list_version: str = field(title="清单版本", description="Version of the list")


class PublicPlan(Table):
    """年度抽查计划: one row per task."""

    task_id: str = field(title="抽查任务编号", unique=True, description="Task")
    name: str = field(title="任务名称", description="Chinese title")
    draw_type: str = field(title="抽查类型", description="定向 or 不定向")
    items: str = field(title="抽查事项", description="Names joined by ；")
    scope: str = field(title="抽查对象范围", description="Tags and towns")
    scope_count: int = field(title="抽查基数", description="Objects in reach")
    ratios: str = field(
        title="抽查比例（数量）",
        description="As filed, joined by ；; rates per class are said as 按信用风险分类实施差异化抽查",
    )
    methods: str = field(title="检查方式", description="Joined by 、")
    starts_on: dt.date = field(title="开始日期", description="First day")
    ends_on: dt.date = field(title="结束日期", description="Last day")
    lead_department: str = field(title="发起部门", description="Lead")
    partners: str = field(title="配合部门", nullable=True, description="Joined by 、")
    plan_rows: str = field(title="整合的计划", description="Plan rows merged into it, joined by 、")


class PublicVersions(Table):
    """版本记录: every version of the plan that was signed off."""

    version: int = field(title="版本", unique=True, description="Number within the year")
    signed_on: dt.date = field(title="签批日期", description="Day it was signed off")
    public_note: str = field(
        title="变更说明", nullable=True, description="What changed and why; null for a first version"
    )
    task_count: int = field(title="任务数", nullable=True, description="Tasks; null when the version is not kept")
    is_current: bool = field(title="现行版本", description="Whether its sign-off stands")
    plan_fingerprint: str = field(title="计划指纹", description="SHA-256 of the version")
    approval_hash: str = field(title="签批记录摘要", description="Hash of the decision record that signed it off")


class PublicChanges(Table):
    """计划变更: what a version changed in the public plan of the one before."""

    version: int = field(title="版本", description="Version that brought the change")
    task_id: str = field(title="抽查任务编号", description="Task")
    task_name: str = field(title="抽查任务名称", description="Chinese title, as it is after the change")
    change: str = field(title="变更", isin=["新增", "取消", "调整"], description="Added, dropped or otherwise")
    column: str = field(title="变更内容", nullable=True, description="Title of the column; null when all of it")
    before: str = field(title="变更前", nullable=True, description="As published before")
    after: str = field(title="变更后", nullable=True, description="As published now")


class PublicRounds(Table):
    """抽取公告: commitments from the freeze on, before the draw; seed and trail once the time lock ends."""

    serial: str = field(title="场次编号", unique=True, description="Round")
    frozen_on: dt.date = field(title="冻结日期", description="Day the files were frozen")
    draws_on: dt.date = field(title="抽取日期", description="Day of the draw; before it, the day it is announced for")
    task_ids: str = field(title="任务", description="Joined by 、")
    disclosure: str = field(title="公开方式", isin=["全程公开", "见证公开"], description="open or witnessed")
    state: str = field(
        title="状态",
        isin=["待抽取", "已抽取", "已作废"],
        description="Frozen and not drawn, drawn, or void: a void attempt stays on record; nobody was drawn in it",
    )
    witnesses: str = field(title="见证人", description="Who commits and reveals, joined by 、")
    seed_at: str = field(title="随机源公布时间", description="When the public source becomes known, YYYY-MM-DD HH:MM")
    locked_until: dt.date = field(title="时间锁", description="Seed, reveals and trail are public from this day on")
    commitment: str = field(title="冻结指纹", description="C, SHA-256 of MANIFEST")
    merkle_root: str = field(title="名录根", description="ROOT")
    seed: str = field(title="种子", nullable=True, description="SEED, null while locked")
    trail_head: str = field(
        title="留痕链首", nullable=True, description="Head of TRAIL when drawn or given up, null while locked"
    )
    drawn_count: int = field(
        title="抽中对象数",
        nullable=True,
        description="Distinct objects drawn, substitutes not counted; null while locked",
    )


class PublicDrawn(Table):
    """抽取结果: who was drawn, from the day the task's window opens; no stratum, no ticket."""

    serial: str = field(title="场次编号", description="Round")
    task_id: str = field(title="抽查任务编号", description="Task")
    object_id: str = field(title="统一社会信用代码（对象编号）", description="Credit code or minted id")
    name: str = field(title="检查对象", description="Business name")
    subject: str = field(
        title="责任主体",
        nullable=True,
        description="Name of the subject that answers for a product, project or conduct; null for a subject itself",
    )
    items: str = field(title="抽查事项", description="Item codes joined by 、")
    departments: str = field(title="检查机关", description="Joined by 、")
    batch: int = field(title="批次", nullable=True, description="Order of checking; null when it dropped out")
    is_substitute: bool = field(title="递补", description="Whether it was taken as a substitute")
    is_lost: bool = field(title="已退出", description="Whether it dropped out of the task and owes no check")


class PublicResults(Table):
    """抽查结果公示: columns of the provincial result notice."""

    plan_row_id: str = field(title="抽查计划编号", description="Plan row")
    task_id: str = field(title="抽查任务编号", description="Task")
    task_name: str = field(title="抽查任务名称", description="Task title")
    item_name: str = field(title="抽查事项", description="Item")
    department: str = field(title="检查机关", description="Department that checked")
    object_id: str = field(title="统一社会信用代码（对象编号）", description="Credit code or minted id")
    name: str = field(title="抽查市场主体名称", description="Business name")
    checked_on: dt.date = field(title="检查完成日期", description="Day the check was done")
    result: str = field(
        title="检查结果", description="Standard types joined by ；; 已撤回 for a result that was withdrawn"
    )
    published_on: dt.date = field(title="公示日期", description="Day the first version was approved for publication")
    corrected_on: dt.date = field(
        title="更正日期", nullable=True, description="Day the last correction or withdrawal was approved"
    )
    correction_note: str = field(title="更正说明", nullable=True, description="What was corrected and why, in words")


class PublicSupervision(Table):
    """两库督查: how good the two registries and what rests on them are, per department; no record is named."""

    department: str = field(title="部门", description="Department; 全县 for the whole county")
    registry: str = field(title="名录库", isin=REGISTRIES, description="Which registry or list")
    measure: str = field(title="指标", description="Chinese name of the measure")
    numerator: int = field(title="合格数", description="Rows that pass")
    denominator: int = field(title="总数", description="Rows looked at")
    ratio: float = field(
        title="合格率",
        nullable=True,
        description="numerator / denominator to 4 places, null when nothing was looked at",
    )


class Released(Table):
    """Every file of the release with its fingerprint and the privacy gate's verdict."""

    path: str = field(title="文件", unique=True, description="Path below the release folder")
    sha256: str = field(title="指纹", str_matches=r"^[0-9a-f]{64}$", description="SHA-256")
    byte_count: int = field(title="字节数", ge=0, description="Size in bytes")
    is_scanned: bool = field(
        title="已查隐私", description="Whether the privacy gate read it and found nothing personal"
    )


class PlatformFiles(Table):
    """省级平台导入文件: every file made for the provincial platform's batch import."""

    file: str = field(title="文件", unique=True, description="Name in exports/<year>/省级平台/")
    kind: str = field(title="种类", description="任务公告, 结果公示, 检查对象名录 or 执法检查人员名录")
    row_count: int = field(title="行数", ge=0, description="Rows below the header")
    left_out_count: int = field(
        title="未列入行数", ge=0, description="Rows of this kind without the code the platform tells them by"
    )
    sha256: str = field(title="指纹", str_matches=r"^[0-9a-f]{64}$", description="SHA-256")


class PlatformFailures(Table):
    """省级平台导入失败: rows the provincial platform refused, by the latest receipt of each kind."""

    kind: str = field(title="种类", description="Kind of the file that was imported")
    record: str = field(
        title="记录",
        nullable=True,
        description="Task, object or the department's number of the person; null when the row matches none written",
    )
    department: str = field(title="部门", nullable=True, description="Who mends it; null when unmatched")
    reason: str = field(title="失败原因", description="The platform's words, without what they say of a person")
    fix: str = field(title="怎么改", description="What to do next, in Chinese")
    file: str = field(title="文件", description="Name of the receipt")
    row: int = field(title="行号", ge=1, description="Row of the receipt as a spreadsheet shows it")
    receipt: str = field(title="回执指纹", str_matches=r"^[0-9a-f]{64}$", description="SHA-256 of the receipt")
