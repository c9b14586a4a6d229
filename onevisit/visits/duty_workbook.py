"""Who goes where and by when, a workbook a department (部门入户安排表).

One workbook a department, with a sheet for each of its inspectors behind the list of all its visits: whoever
arranges the visits filters one list, and every inspector prints one sheet. A file for each inspector would
be several hundred to hand out, and none of them would show who is free.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from onevisit.county import County
from onevisit.visits.dossier import Check, Dossier, Member
from onevisit.workbooks import Book, Cell, Column

ALL, PEOPLE = "全部入户", "人员汇总"
_VISITS = [
    Column("序号", 5, "count"),
    Column("任务启动期限", 14, "date"),
    Column("最早日期", 14, "date"),
    Column("最晚日期", 14, "date"),
    Column("检查对象", 24),
    Column("地址", 26),
    Column("镇（街道）", 10, "centre"),
    Column("负责人", 9, "centre"),
    Column("联系电话", 16, "centre"),
    Column("本部门事项", 30),
    Column("角色", 7, "centre"),
    Column("本部门人员", 16),
    Column("同行部门和组长", 24),
    Column("专家", 12),
    Column("公示期限", 14, "date"),
    Column("入户编号", 26),
    Column("核对码", 10, "centre"),
    Column("尚缺人员", 22),
]
_PERSON = [
    Column("序号", 5, "count"),
    Column("最早日期", 14, "date"),
    Column("最晚日期", 14, "date"),
    Column("检查对象", 24),
    Column("地址、负责人和联系电话", 32),
    Column("检查事项", 30),
    Column("组长和同行人员", 27),
    Column("公示期限", 14, "date"),
    Column("入户编号和核对码", 27),
]
_SUMMARY = [
    Column("姓名", 14, "centre"),
    Column("执法证编号", 24, "centre"),
    Column("入户次数", 10, "count"),
    Column("其中任组长", 12, "count"),
    Column("最先到期", 18, "date"),
    Column("最后到期", 18, "date"),
    Column("工作表", 22, "centre"),
]


def duty_workbook(department: str, dossiers: Sequence[Dossier], county: County, year: int) -> bytes:
    """Return the workbook of a department: its visits of the year, and a sheet for each of its inspectors."""
    own = sorted(
        (one for one in dossiers if department in one.departments),
        key=lambda one: (one.ends_on, one.starts_on, one.place.town, one.visit_id),
    )
    sheets = _sheets_of(department, own)
    notice = "（示例）" if county.demonstration else ""
    book = Book(f"{department}{year}年度入户安排表{notice}", f"{county.name}　{department}　{year}年度{notice}")
    short = sum(any(gap.department == department for gap in one.shortages) for one in own)
    note = f"共 {len(own):,} 次，其中 {short:,} 次本部门人员不足" if short else f"共 {len(own):,} 次"
    book.table(ALL, _VISITS, [_line(*line, department) for line in enumerate(own, start=1)], note=note, paper="A3")
    book.table(
        PEOPLE,
        _SUMMARY,
        [_summed(person, visits, sheet) for sheet, (person, visits) in sheets.items()],
        note=f"共 {len(sheets):,} 人",
        below=["核对码与卷宗上的不一致时，以本表为准，重新打印卷宗。本表含个人信息，仅供本部门使用。"],
    )
    for sheet, (person, visits) in sheets.items():
        rows = [_personal(*line, person) for line in enumerate(visits, start=1)]
        book.table(sheet, _PERSON, rows, note=f"执法证编号 {person.certificate or '不详'}　共 {len(visits):,} 次")
    return book.content()


def _sheets_of(department: str, own: Sequence[Dossier]) -> dict[str, tuple[Member, list[Dossier]]]:
    """Return sheet -> the department's inspector it is for, and the visits; two people of one name are told apart."""
    people: dict[str, Member] = {}
    visits: defaultdict[str, list[Dossier]] = defaultdict(list)
    for one in own:
        for member in one.team:
            if member.department == department:
                people.setdefault(member.person_id, member)
                visits[member.person_id].append(one)
    names = [member.name for member in people.values()]
    sheets: dict[str, tuple[Member, list[Dossier]]] = {}
    for member in sorted(people.values(), key=lambda one: (one.name, one.person_id)):
        is_alone = bool(member.name) and names.count(member.name) == 1 and member.name not in {ALL, PEOPLE}
        name = member.name if is_alone else f"{member.name}（{member.certificate[-4:] or member.person_id}）"
        sheet = re.sub(r"[\[\]:*?/\\']", "_", name)[:31]
        sheets[sheet if sheet not in sheets else member.person_id] = (member, visits[member.person_id])
    return sheets


def _line(number: int, one: Dossier, department: str) -> list[Cell]:
    place = one.place
    return [
        number,
        one.start_by,
        one.starts_on,
        one.ends_on,
        _whom(one),
        place.door,
        place.town,
        place.representative,
        place.phone,
        _items(check for check in one.checks if department in check.departments),
        "牵头" if department == one.lead else "参与",
        "、".join(_called(member) for member in one.team if member.department == department),
        _others(one, department),
        "、".join(expert.name for expert in one.experts),
        one.publish_by,
        one.visit_id,
        one.mark,
        "\n".join(gap.reason for gap in one.shortages if gap.department == department),
    ]


def _personal(number: int, one: Dossier, person: Member) -> list[Cell]:
    place, leader = one.place, one.leader
    with_whom = [
        *([] if leader else ["组长未指派"]),
        *(["组长：本人"] if leader and leader.person_id == person.person_id else []),
        *(f"{_called(member)} {member.department}" for member in one.team if member.person_id != person.person_id),
        *(f"{expert.name} 专家" for expert in one.experts),
        *(f"待补派 {gap.department}" for gap in one.shortages),
    ]
    return [
        number,
        one.starts_on,
        one.ends_on,
        _whom(one),
        "\n".join(part for part in (place.door, f"{place.representative} {place.phone}".strip()) if part),
        _items(one.checks),
        "\n".join(with_whom),
        one.publish_by,
        f"{one.visit_id}\n核对码 {one.mark}",
    ]


def _summed(person: Member, visits: Sequence[Dossier], sheet: str) -> list[Cell]:
    led = sum(one.leader is not None and one.leader.person_id == person.person_id for one in visits)
    return [person.name, person.certificate, len(visits), led, visits[0].ends_on, visits[-1].ends_on, sheet]


def _items(checks: Iterable[Check]) -> str:
    return "；".join(check.name for check in checks)


def _whom(one: Dossier) -> str:
    return f"{one.place.name}（{one.place.subject}）" if one.place.subject else one.place.name


def _called(member: Member) -> str:
    return f"{member.name}（组长）" if member.is_leader else member.name


def _others(one: Dossier, department: str) -> str:
    others = "、".join(name for name in one.departments if name != department)
    leader = (
        f"组长{one.leader.name}（{one.leader.department}）"
        if one.leader and one.leader.department != department
        else ""
    )
    return "\n".join(part for part in (others, leader) if part)
