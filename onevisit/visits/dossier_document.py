"""The papers of a visit (入户检查卷宗) as one document: what is handed out, what is carried, what is signed.

Five parts, each on a page of its own because each ends elsewhere: the cover and the merged checklist stay with the
team, the notice goes to the business, the results are filed and the sheet of signatures is kept (归档).
"""

import datetime as dt
import io
import re
from itertools import zip_longest

import segno

from onevisit.county import County
from onevisit.documents.content import FORM, Document
from onevisit.results.tables import RESULT_TYPES
from onevisit.results.vocabulary import DISPOSALS
from onevisit.text import chinese_day
from onevisit.visits.dossier import Check, Dossier

_NOTICE = "示例：以下内容由程序生成，不是真实的检查文书。"
_DAY = "＿＿＿年＿＿月＿＿日"
_UNKNOWN = "（名录中没有，请现场补填）"
_NO_BASIS = "清单未列"
_QR_WIDTH = 32
_LONGEST_NAME = 150
"""Bytes of a business's name in a file's: file systems take 255 in all, and a file being written has a longer one."""
_OBSERVERS = "社会监督（可以邀请，没有的不填）：\n□人大代表　□政协委员\n□市民代表　□新闻媒体"
_SHORT = {
    "inspectors": "执法检查人员不足，未补派到位前不得上门检查。",
    "experts": "的事项所需专家不足，未补派专家或者委托有资质的机构前不得检查该事项。",
}


def dossier_file(dossier: Dossier) -> str:
    """Return the name of a dossier's files without its ending: the visit, the business, the mark.

    Content and name change together: a file with another mark is out of date.
    """
    name = re.sub(r'[\\/:*?"<>|\s]', "_", dossier.place.name).encode()[:_LONGEST_NAME].decode(errors="ignore")
    return f"{dossier.visit_id} {name} {dossier.mark}"


def is_dossier_file(name: str) -> bool:
    """Tell whether a file's name is one `dossier_file` gives: a copy that somebody named otherwise is theirs."""
    return bool(re.fullmatch(r"\d{2,}-[0-9A-Z-]+-\d{2,} \S+ [0-9a-f]{8}\.(docx|pdf)", name))


def visit_of_file(name: str) -> str:
    """Return the visit of a file that `dossier_file` named."""
    return name.partition(" ")[0]


def dossier_document(dossier: Dossier, *, county: County, year: int) -> Document:
    """Return the papers of a visit."""
    document = Document(
        f"{county.name}{year}年度入户检查卷宗", notice=_NOTICE if county.demonstration else "", page=FORM
    )
    _cover(document, dossier, county, year)
    _notice(document, dossier, county, year)
    _checklist(document, dossier)
    _results(document, dossier, county)
    _signatures(document, dossier)
    return document


def _cover(document: Document, dossier: Dossier, county: County, year: int) -> None:
    place = dossier.place
    document.table(
        [("项目", 42), ("内容", 112)],
        [
            ["入户编号", f"{dossier.visit_id}（核对码{dossier.mark}）"],
            ["检查对象", f"{place.name}（{place.kind}）" if place.kind else place.name],
            ["统一社会信用代码", place.code or f"无（对象编号{place.object_id}）"],
            *([["责任主体", place.subject or _UNKNOWN]] if place.is_thing or place.subject else []),
            ["负责人", place.representative or _UNKNOWN],
            ["联系电话", place.phone or _UNKNOWN],
            ["地址", _address(dossier)],
            ["抽查任务", _tasks(dossier)],
            ["牵头部门", dossier.lead],
            ["参与部门", "、".join(dossier.departments[1:]) or "无"],
            ["检查时段", _window(dossier) + "".join(f"（{task}第{batch}批）" for task, batch in dossier.batches)],
            ["任务启动期限", _day(dossier.start_by)],
            ["结果公示期限", _day(dossier.publish_by)],
            ["卷宗组成", "抽查通知书（交检查对象）、检查表、结果记录表、签字表"],
            [
                "卷宗使用",
                "核对码与部门入户安排表中的不一致的，本卷宗已作废，请重新打印。请单面打印；含个人信息，仅供检查组使用。",
            ],
        ],
    )
    document.heading("一、联合检查组" if dossier.is_joint else "一、检查组")
    _shortages(document, dossier)
    _team(document, dossier)
    _code(
        document,
        "\n".join(
            [
                f"入户编号：{dossier.visit_id}",
                f"核对码：{dossier.mark}",
                f"对象编号：{place.object_id}",
                f"任务：{'、'.join(task for task, _ in dossier.tasks)}",
                f"结果报送：各部门填入“检查结果”表，放入收件夹{year}年度本部门文件夹",
            ]
        ),
        "扫码读取入户编号和结果报送办法",
    )
    if county.public_site:
        task = dossier.tasks[0][0]
        _code(document, f"{county.public_site.rstrip('/')}/{year}/tasks/{task}.html", f"扫码查看抽查任务{task}公示页面")


def _notice(document: Document, dossier: Dossier, county: County, year: int) -> None:
    document.part("“双随机、一公开”抽查通知书")
    document.table(
        [("项目", 38), ("内容", 118)],
        [
            ["入户编号", dossier.visit_id],
            ["抽查任务", _tasks(dossier)],
            ["上门时间", f"{_DAY}＿＿时"],
            ["联系人和联系电话", ""],
        ],
    )
    place = dossier.place
    document.paragraph(
        f"{place.subject or '＿＿＿＿＿＿＿＿（责任主体，请核实后填写）'}：" if place.is_thing else f"{place.name}："
    )
    subject = f"你单位负责的{place.kind}“{place.name}”" if place.is_thing else "你单位"
    together = (
        f"{dossier.lead}牵头，{len(dossier.departments)}个部门联合实施，一次上门" if dossier.is_joint else dossier.lead
    )
    document.paragraph(
        f"按照{county.name}{year}年度抽查计划，经公开随机抽取，{subject}为本次检查对象，由{together}"
        f"{'' if dossier.is_joint else '实施'}。检查时段为{_window(dossier)}。现将有关事项告知如下。"
    )
    document.heading("一、检查事项")
    document.table(
        [("序号", 12), ("检查事项", 56), ("检查部门", 34), ("检查方式", 22), ("检查依据", 30)],
        [
            [
                str(number),
                check.name,
                "、".join(check.departments),
                "、".join(check.ways),
                "；".join(check.basis) or _NO_BASIS,
            ]
            for number, check in enumerate(dossier.checks, start=1)
        ],
    )
    document.heading("二、检查人员")
    _shortages(document, dossier, is_reason_told=False)
    _team(document, dossier)
    document.heading("三、需要准备的材料")
    if dossier.materials:
        document.paragraph("各部门所需材料一次告知，同一材料只准备一份。")
        document.table(
            [("序号", 12), ("材料", 88), ("查看部门", 54)],
            [
                [str(number), one.text, "、".join(one.departments)]
                for number, one in enumerate(dossier.materials, start=1)
            ],
        )
    else:
        document.paragraph("不需要事先准备材料。")
    document.heading("四、你单位的权利")
    document.paragraph(
        "检查人员到场应当主动出示执法证件，不出示的可以拒绝检查。认为检查人员、专家与本单位有利害关系的，"
        "可以在检查前向牵头部门申请回避。检查不收取任何费用。"
    )
    document.signature(f"{dossier.lead}（盖章）　　", "年　　月　　日　　")


def _checklist(document: Document, dossier: Dossier) -> None:
    document.part("检查表")
    document.paragraph(f"{dossier.place.name}（{dossier.visit_id}）")
    document.table(
        [("序号", 12), ("检查事项", 38), ("检查内容（符合打√，不符合打×）", 62), ("检查方法和依据", 44)],
        [[str(number), *_line(check)] for number, check in enumerate(dossier.checks, start=1)],
    )
    document.heading("委托检验检测、审计、咨询等")
    document.paragraph("委托有资质的机构检查的，按“谁委托、谁付费”由委托部门支付，纳入本部门预算。没有委托的不填。")
    commissioned = [
        [str(number), way, department, "", ""]
        for number, check in enumerate(dossier.checks, start=1)
        for department, way in check.commissioned
    ]
    document.signing(
        [("序号", 12), ("委托内容", 34), ("委托（付费）部门", 36), ("受托机构及资质", 46), ("费用（元）", 26)],
        [*commissioned, ["", "", "", "", ""]],
    )


def _results(document: Document, dossier: Dossier, county: County) -> None:
    document.part("检查结果记录表")
    document.paragraph(f"{dossier.place.name}（{dossier.visit_id}）")
    document.paragraph(f"检查日期：{_DAY}")
    document.paragraph(
        "各部门按报送编号（任务／计划／事项）把结果填入本部门“检查结果”表，检查完成后"
        f"{county.results.publish_within_workdays}个工作日内公示。"
    )
    document.signing(
        [
            ("序号", 12),
            ("检查事项（报送编号）", 58),
            ("结果代号", 20),
            ("发现的问题", 32),
            ("处置代号", 20),
            ("完结", 14),
        ],
        [
            [str(number), "\n".join([check.name, *_reported(check)]), "", "", "", ""]
            for number, check in enumerate(dossier.checks, start=1)
        ],
    )
    document.heading("代号")
    document.paragraph(
        "数字是检查结果，可以填几个，填1的不得再填其他；字母是后续处置，填一个，已处置完结的在“完结”栏打√。"
    )
    codes = [
        *((f"{number}", kind) for number, kind in enumerate(RESULT_TYPES, start=1)),
        *zip("ABCDEF", DISPOSALS, strict=True),
    ]
    half = -(-len(codes) // 2)
    document.table(
        [("代号", 12), ("含义", 70), ("代号", 12), ("含义", 62)],
        [[*left, *right] for left, right in zip_longest(codes[:half], codes[half:], fillvalue=("", ""))],
    )


def _signatures(document: Document, dossier: Dossier) -> None:
    document.part("检查签字表")
    document.paragraph(f"{dossier.place.name}（{dossier.visit_id}）")
    document.heading("一、检查人员")
    _shortages(document, dossier, is_reason_told=False)
    document.signing(
        [("部门", 40), ("姓名", 34), ("执法证编号", 42), ("签字", 40)],
        [
            *([one.department, _named(one.name, is_leader=one.is_leader), one.certificate, ""] for one in dossier.team),
            *([one.department, "", "", ""] for one in dossier.shortages if one.kind == "inspectors"),
            *(["专家", one.name, one.employer, ""] for one in dossier.experts),
        ],
    )
    document.heading("二、检查对象和社会监督")
    document.paragraph("检查情况属实。检查人员已出示执法证件：□是　□否")
    document.signing(
        [("身份", 72), ("姓名", 24), ("签字（盖章）", 34), ("日期", 24)],
        [["抽查通知书签收人", "", "", ""], ["检查对象负责人或者现场负责人", "", "", ""], [_OBSERVERS, "", "", ""]],
    )
    document.signing([("备注（检查对象的意见、未能检查的原因等）", 154)], [[""]])


def _shortages(document: Document, dossier: Dossier, *, is_reason_told: bool = True) -> None:
    for one in dossier.shortages:
        reason = f"原因：{one.reason}" if is_reason_told else ""
        document.alert(f"{one.department}{_SHORT[one.kind]}{reason}")
    if dossier.team and dossier.leader is None:
        document.alert("尚未指派联合检查组组长，未指派前不得上门检查。")


def _team(document: Document, dossier: Dossier) -> None:
    rows = [
        [
            one.department,
            one.name or one.person_id,
            one.certificate or _UNKNOWN,
            _duty(one.is_leader, one.is_specialist),
        ]
        for one in dossier.team
    ]
    rows += [[one.department, "待补派", "", ""] for one in dossier.shortages if one.kind == "inspectors"]
    rows += [[one.employer, one.name, one.title, f"专家（{one.specialty}）"] for one in dossier.experts]
    document.table([("部门（单位）", 46), ("姓名", 28), ("执法证编号（职称）", 46), ("职责", 34)], rows)


def _line(check: Check) -> list[str]:
    codes = "、".join(code for code, _ in check.items)
    content = "\n".join(f"□ {point}" for point in check.content) or "□ 按检查依据检查（没有工作指引）"
    how = [*(f"方法：{one}" for one in check.methods), f"依据：{'；'.join(check.basis) or _NO_BASIS}"]
    return ["\n".join([check.name, *check.departments, codes]), content, "\n".join(how)]


def _reported(check: Check) -> list[str]:
    return [f"{task}／{plan_row}／{item}" for _, task, plan_row, item in check.reported]


def _code(document: Document, text: str, caption: str) -> None:
    picture = io.BytesIO()
    # A fixed scale and no text of the library's own: the same words give the same bytes.
    segno.make(text, error="m", micro=False, encoding="utf-8").save(picture, kind="png", scale=4, border=4)
    document.image(picture.getvalue(), caption, width=_QR_WIDTH)


def _address(dossier: Dossier) -> str:
    place = dossier.place
    if place.operating_address and place.address and place.operating_address != place.address:
        return f"经营地址：{place.operating_address}\n登记地址：{place.address}"
    return place.door if place.operating_address or place.address else f"{place.town}{_UNKNOWN}"


def _tasks(dossier: Dossier) -> str:
    return "\n".join(f"{task}　{name}" for task, name in dossier.tasks)


def _duty(is_leader: bool, is_specialist: bool) -> str:
    return "、".join([*(["组长"] if is_leader else []), *(["专业人员"] if is_specialist else [])]) or "组员"


def _named(name: str, *, is_leader: bool) -> str:
    return f"{name}（组长）" if is_leader else name


def _window(dossier: Dossier) -> str:
    return f"{chinese_day(dossier.starts_on)}至{chinese_day(dossier.ends_on)}"


def _day(day: dt.date | None) -> str:
    return chinese_day(day) if day else "待国务院放假通知公布后确定"
