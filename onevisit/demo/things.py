"""Products, projects and conduct on departments' lists, and the subject that answers for each (责任主体).

A project is a site of `population.py`: 住建 files it with its builder, other departments without. Products and
conduct are made here, from the businesses that make and do them.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from onevisit.county import County, Department
from onevisit.demo.headers import header_of
from onevisit.demo.population import Subject, is_thing
from onevisit.demo.registers import FIELDS, Record
from onevisit.demo.trades import SubjectKind
from onevisit.demo.workbooks import Page, csv_file, workbook

_UNKNOWN, _UNSAID, _OF = 1, 4, 12
"""Of every twelve things one names a subject nobody knows and one names none."""
_OUTSIDERS = ("成都锦屏建设工程有限公司", "绵阳涪滨实业有限公司", "南充嘉江物资有限公司")
"""Businesses of elsewhere, on no list of the county."""


@dataclass(frozen=True, slots=True)
class Listed:
    """Which things a department lists, and in what words."""

    entity_type: str
    part: str
    """What its file is called: 检查对象名录（产品）."""
    headers: tuple[str, str]
    """Of the responsible subject's name and code."""
    kind: SubjectKind
    tags: tuple[str, ...] = ()
    """Whoever carries one of them makes such a product or conduct; the thing carries it too."""
    words: tuple[str, ...] = ()


LISTED = {
    "zj": Listed("项目", "在建项目", ("建设单位", "建设单位统一社会信用代码"), "site"),
    "scjg": Listed(
        "产品",
        "产品",
        ("生产单位", "生产单位统一社会信用代码"),
        "product",
        ("食品生产", "规上工贸"),
        ("挂面", "豆瓣酱", "粉条", "塑料管材", "水泥", "配电箱"),
    ),
    "jt": Listed(
        "行为", "行为", ("当事人", "当事人统一社会信用代码"), "conduct", ("货运源头",), ("货物装载", "出场称重")
    ),
}
"""By the department's key."""
_FILED = (*FIELDS, "entity_type", "responsible_name", "responsible_code")


@dataclass(frozen=True, slots=True)
class Things:
    """The lists with their things, the products and conduct among them, and who answers for what."""

    lists: dict[str, list[Record]]
    subjects: list[Subject]
    answers: dict[str, str]
    """Entity id of a thing -> entity id of who answers for it; empty when that is nobody on the register."""


def with_things(
    county: County, lists: Mapping[str, Sequence[Record]], subjects: Sequence[Subject], *, year: int, seed: str
) -> Things:
    """Return departments' lists (by name) with products and conduct behind, and builders of the projects."""
    firms = [one for one in subjects if one.kind == "co" and one.state == "存续"]
    found = Things({name: list(records) for name, records in lists.items()}, [], {})
    for department in county.departments:
        if department.key not in LISTED:
            continue
        listed, records = LISTED[department.key], found.lists[department.name]
        makers = {thing.entity_id: maker for thing, maker in _made(listed, department.key, firms, seed)}
        if listed.kind != "site":
            things = [thing for thing, _ in _made(listed, department.key, firms, seed)]
            found.subjects.extend(things)
            records.extend(_record(department, listed, thing, year) for thing in things)
        for number, record in enumerate(one for one in records if _is_listed(one, listed)):
            who = makers.get(record.subject.entity_id) or _builder(record.subject, firms)
            found.answers[record.subject.entity_id] = _name(record, listed, who, number)
    return found


def thing_files(county: County, department: Department, records: Sequence[Record]) -> dict[str, bytes]:
    """Return the file of a department's things, none when it lists none."""
    things = [record for record in records if record.is_thing]
    if not things:
        return {}
    listed = LISTED[department.key]
    header = [*header_of(county, department, "objects", FIELDS), "对象类别", *listed.headers]
    rows = [[record.cells[name] for name in _FILED] for record in things]
    name = f"检查对象名录（{listed.part}）"
    if department.key == "jt":
        return {f"{name}.csv": csv_file(header, rows, "gb18030")}
    return {f"{name}.xlsx": workbook([Page(listed.part, (f"{department.name}{name}",), header, rows)])}


def _made(listed: Listed, key: str, firms: Sequence[Subject], seed: str) -> list[tuple[Subject, Subject]]:
    """Return products or conduct, each with its maker; the same maker has the same ones every year."""
    made: list[tuple[Subject, Subject]] = []
    for firm in firms:
        rng = Random(f"onevisit.demo|{seed}|{key}|{firm.entity_id}")  # noqa: S311 - made up, not drawn
        tag = next((tag for tag in listed.tags if tag in firm.tags), None)
        if tag is None or (listed.kind == "product" and rng.random() < 0.5):
            continue
        word = rng.choice(listed.words)
        name = f"{firm.core[:2]}牌{word}" if listed.kind == "product" else f"{firm.core}{word}"
        made.append((_thing(listed.kind, key, name, tag, firm), firm))
    return made


def _thing(kind: SubjectKind, key: str, name: str, tag: str, firm: Subject) -> Subject:
    return Subject(
        entity_id=f"{key.upper()}{firm.entity_id}",
        kind=kind,
        trade=firm.trade,
        name=name,
        core=name,
        code="",
        registration_number="",
        town=firm.town,
        place="",
        legal_rep="",
        representative_id="",
        phone="",
        opened_on=firm.opened_on,
        state="存续",
        tags=(tag,),
        listed_by=(key,),
        credit_class="",
    )


def _record(department: Department, listed: Listed, thing: Subject, year: int) -> Record:
    cells = dict.fromkeys(FIELDS, "") | {
        "source_id": f"{department.prefix}-{listed.part}-{thing.entity_id[-6:]}",
        "name": thing.name,
        "status": thing.state,
        "town": thing.town,
        "updated_on": f"{year - 1}-11-20",
        "tags": "、".join(thing.tags),
    }
    return Record(cells, thing)


def _is_listed(record: Record, listed: Listed) -> bool:
    return is_thing(record.subject) and record.subject.kind == listed.kind


def _builder(site: Subject, firms: Sequence[Subject]) -> Subject:
    """Return who builds a site: the same firm every year while it is there."""
    return min(firms, key=lambda one: hashlib.sha256(f"{site.entity_id}|{one.entity_id}".encode()).digest())


def _name(record: Record, listed: Listed, who: Subject, number: int) -> str:
    """Write who answers for a thing on its line; return the entity id of whom the line really names."""
    name, code, entity_id = who.name, who.code if number % 3 else "", who.entity_id
    if number % _OF == _UNKNOWN:
        name, code, entity_id = _OUTSIDERS[number % len(_OUTSIDERS)], "", ""
    elif number % _OF == _UNSAID:
        name, code, entity_id = "", "", ""
    record.cells |= {"entity_type": listed.entity_type, "responsible_name": name, "responsible_code": code}
    return entity_id
