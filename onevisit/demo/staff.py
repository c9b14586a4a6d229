"""The made-up inspectors and experts, and how departments list them."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from onevisit.county import County, Department
from onevisit.demo.catalogue import Item
from onevisit.demo.headers import header_of
from onevisit.demo.numbers import Numbers
from onevisit.demo.population import Subject, person_name
from onevisit.demo.words import FULL_WIDTH
from onevisit.demo.workbooks import Page, csv_file, workbook

FIELDS = (
    "source_id", "name", "sex", "id_number", "phone", "employer", "person_kind", "qualifications", "item_codes",
    "level", "certificate_no", "certificate_valid_to", "status", "unavailability",
)  # fmt: skip
HEADCOUNTS = {
    "scjg": 72, "ga": 24, "wj": 24, "ny": 22, "yj": 20, "zj": 16, "tax": 16, "sthj": 14, "jt": 14, "jyty": 12, "wl": 13,
    "rs": 13, "swj": 11, "fgw": 10, "cz": 10, "tj": 10,
}  # fmt: skip
"""People on each department's list at 3,000 subjects; more of them in a larger county."""
FEW_PEOPLE = {"NY-009": 1, "WJ-012": 0}
"""Items that only so many people may check, specialists of WJ-012: a real county has such gaps too."""
LEAST_PEOPLE = 4
LEAST_SPECIALISTS = 3


@dataclass(frozen=True, slots=True)
class Person:
    """One real inspector."""

    person_id: str
    department: str
    """Key of the department that employs the person."""
    name: str
    sex: str
    id_number: str
    phone: str
    certificate_no: str
    certificate_valid_to: dt.date
    person_kind: str
    status: str
    unavailability: str
    qualifications: tuple[str, ...] = ()
    item_codes: tuple[str, ...] = ()

    def is_eligible(self, year: int) -> bool:
        """Tell whether the person may be sent out in a year."""
        return (
            self.person_kind == "执法人员"
            and self.status == "有效"
            and self.unavailability == "无"
            and bool(self.certificate_no)
            and self.certificate_valid_to >= dt.date(year, 1, 1)
            and year - int(self.id_number[6:10]) < 60
        )


@dataclass(frozen=True, slots=True)
class Listing:
    """One line of a department's list of inspectors, and the person behind it."""

    cells: Mapping[str, str]
    person: Person
    slip: str = ""
    fault: str = ""

    @property
    def record_id(self) -> str:
        """Return the number of the line, unique in the county."""
        return self.cells["source_id"]


def people(
    county: County, items: Mapping[str, Sequence[Item]], *, year: int, entities: int, rng: Random
) -> list[Person]:
    """Return the county's inspectors with the items each may check; `items` per department key."""
    numbers = Numbers(county.code, rng)
    growth = max(1.0, (entities / 3000) ** 0.5)
    staff: list[Person] = []
    for department in county.departments:
        count = round(HEADCOUNTS.get(department.key, 10) * growth)
        own = [person(department.key, year, numbers, rng) for _ in range(count)]
        staff.extend(_with_duties(own, items.get(department.key, ()), year, rng))
    order = rng.sample(staff, len(staff))
    return [replace(one, person_id=f"P{number:04d}") for number, one in enumerate(order, start=1)]


def person(department: str, year: int, numbers: Numbers, rng: Random) -> Person:
    """Return a new person of a department, without duties and without person id."""
    born_in = rng.randint(year - 66, year - 61) if rng.random() < 0.03 else rng.randint(year - 57, year - 25)
    is_male = rng.random() < 0.58
    born = dt.date(born_in, 1, 1) + dt.timedelta(days=rng.randrange(365))
    is_expired = rng.random() < 0.03
    valid_to = dt.date(year - 1 if is_expired else year + rng.randint(1, 4), rng.randint(1, 12), rng.randint(1, 28))
    return Person(
        person_id="",
        department=department,
        name=person_name(rng),
        sex="男" if is_male else "女",
        id_number=numbers.id_number(born=born, is_male=is_male),
        phone=numbers.mobile(),
        certificate_no="" if rng.random() < 0.03 else numbers.certificate(),
        certificate_valid_to=valid_to,
        person_kind=rng.choices(("执法人员", "日常监管人员", "专家"), weights=(85, 13, 2))[0],
        status="失效" if rng.random() < 0.02 else "有效",
        unavailability=rng.choice(("孕产假", "脱产学习", "借调", "病假")) if rng.random() < 0.04 else "无",
    )


def _with_duties(staff: Sequence[Person], items: Sequence[Item], year: int, rng: Random) -> list[Person]:
    """Return the people with items and qualifications, so that pairs exist for all but a few items."""
    categories = list(dict.fromkeys(item.category for item in items))
    share = 0.62 if len(categories) < 8 else 0.3
    duties: list[set[str]] = []
    skills: list[set[str]] = [set() for _ in staff]
    for _ in staff:
        mine = {category for category in categories if rng.random() < share} or {rng.choice(categories)}
        duties.append({item.item_code for item in items if item.category in mine and rng.random() < 0.95})
    able = [i for i, one in enumerate(staff) if one.is_eligible(year)]
    for skill in dict.fromkeys(item.qualification for item in items if item.qualification):
        least = min(FEW_PEOPLE.get(i.item_code, LEAST_SPECIALISTS) for i in items if i.qualification == skill)
        holders = rng.sample(able, min(len(able), max(least, len(staff) // 12 if least else 0)))
        for i in holders:
            skills[i].add(skill)
            duties[i].update(item.item_code for item in items if item.qualification == skill)
    for item in items:
        most = FEW_PEOPLE.get(item.item_code) if not item.qualification else None
        who = [i for i in able if item.item_code in duties[i]]
        if most is not None:
            for i in range(len(staff)):
                if i not in who[:most]:
                    duties[i].discard(item.item_code)
        elif len(who) < LEAST_PEOPLE:
            spare = [i for i in able if i not in who]
            for i in rng.sample(spare, min(len(spare), LEAST_PEOPLE - len(who))):
                duties[i].add(item.item_code)
    return [
        replace(one, qualifications=tuple(sorted(skills[i])), item_codes=tuple(sorted(duties[i])))
        for i, one in enumerate(staff)
    ]


def listings(
    county: County, staff: Sequence[Person], items: Mapping[str, Sequence[Item]], *, year: int, rng: Random
) -> dict[str, list[Listing]]:
    """Return every department's list of inspectors by department key; some people stand on a list twice, or on two."""
    lines: list[tuple[str, Person, str]] = [(one.department, one, "") for one in staff]
    able = [one for one in staff if one.is_eligible(year)]
    chosen = rng.sample(able, max(4, len(staff) // 25))
    other_lists = [key for key in items if items[key]]
    for number, one in enumerate(chosen):
        if number % 3 == 0:
            key = rng.choice([key for key in other_lists if key != one.department])
            codes = tuple(sorted(item.item_code for item in rng.sample(list(items[key]), min(3, len(items[key])))))
            lines.append((key, replace(one, item_codes=codes, qualifications=()), "second_department"))
        else:
            lines.append((one.department, one, "twice"))
    ordered = rng.sample(lines, len(lines))
    result: dict[str, list[Listing]] = {department.key: [] for department in county.departments}
    for number, (key, one, slip) in enumerate(ordered, start=1):
        department = next(d for d in county.departments if d.key == key)
        result[key].append(listing(department, one, slip, f"RY{number:05d}", rng))
    spoil(result)
    return result


def listing(department: Department, person: Person, slip: str, record_id: str, rng: Random) -> Listing:
    """Return a line about a person; `slip` says why it is there besides the person's first line."""
    number, change = _written_id(person, rng) if slip != "twice" else _masked_id(person)
    name = person.name if rng.random() > 0.04 else f"{person.name[0]}　{person.name[1:]}"
    certificate = person.certificate_no
    if certificate and rng.random() < 0.08:
        certificate = rng.choice((f"{certificate[:6]} {certificate[6:]}", f"川{certificate}"))
    cells = {
        "source_id": record_id,
        "name": name,
        "sex": person.sex,
        "id_number": number,
        "phone": "" if rng.random() < 0.22 else person.phone,
        "employer": department.name,
        "person_kind": person.person_kind,
        "qualifications": "，".join(person.qualifications) or "无",
        "item_codes": "，".join(person.item_codes),
        "level": "县级",
        "certificate_no": certificate,
        "certificate_valid_to": person.certificate_valid_to.isoformat(),
        "status": person.status,
        "unavailability": person.unavailability,
    }
    return Listing(cells, person, ";".join(filter(None, (slip, change))))


def _written_id(person: Person, rng: Random) -> tuple[str, str]:
    number = person.id_number
    change = rng.choices(("", "no_id", "masked_id", "id15", "full_width"), weights=(80, 5, 7, 5, 3))[0]
    if change == "id15" and number[6:8] != "19":
        change = ""
    written = {
        "": number,
        "no_id": "",
        "masked_id": _masked_id(person)[0],
        "id15": number[:6] + number[8:17],
        "full_width": number.translate(FULL_WIDTH),
    }
    return written[change], change


def _masked_id(person: Person) -> tuple[str, str]:
    return person.id_number[:6] + "********" + person.id_number[14:], "masked_id"


def spoil(lists: Mapping[str, list[Listing]]) -> None:
    """Add a line that intake must refuse to every fourth department's list."""
    for number, lines in enumerate(lists.values()):
        if number % 4 == 3 and lines:
            column, value, fault = (
                ("certificate_valid_to", "2029-13-01", "impossible_date"),
                ("name", "", "missing_name"),
                ("status", "在岗", "unknown_status"),
            )[number // 4 % 3]
            first = lines[0]
            cells = {**first.cells, "source_id": f"RY9{number:04d}", column: value}
            lines.append(Listing(cells, first.person, "twice", fault))


def inspector_files(county: County, department: Department, lines: Sequence[Listing]) -> dict[str, bytes]:
    """Return the file of a department's inspectors."""
    header = header_of(county, department, "inspectors", FIELDS)
    rows = [[one.cells[name] for name in FIELDS] for one in lines]
    if department.key in ("cz", "tj"):
        return {"执法检查人员名录.csv": csv_file(header, rows, "utf-8-sig")}
    page = Page("人员", (f"{department.name}执法检查人员名录库",), header, rows, (f"合计：{len(rows)}人",))
    return {"执法检查人员名录.xlsx": workbook([page])}


@dataclass(frozen=True, slots=True)
class Expert:
    """One expert."""

    expert_id: str
    name: str
    employer: str
    specialty: str
    title: str
    status: str


_EMPLOYERS = ("川中特种设备检验所", "涪滨职业技术学院", "川中食品药品检验所", "盐泉安全技术服务中心", "涪滨环境监测站")
_TITLES = ("高级工程师", "工程师", "副教授", "主任药师", "注册安全工程师")


def experts(items: Sequence[Item], rng: Random) -> list[Expert]:
    """Return the experts: three for every tag of an item that needs one, and some for other tags."""
    needed = sorted({tag for item in items if item.is_expert_needed for tag in item.tags})
    others = sorted({tag for item in items for tag in item.tags} - set(needed))
    specialties = [tag for tag in needed for _ in range(3)] + rng.sample(others, min(len(others), 14))
    return [
        Expert(
            f"ZJ{number:03d}", person_name(rng), rng.choice(_EMPLOYERS), tag, rng.choice(_TITLES),
            "失效" if rng.random() < 0.05 else "有效",
        )
        for number, tag in enumerate(specialties, start=1)
    ]  # fmt: skip


def expert_files(county: County, department: Department, listed: Sequence[Expert]) -> dict[str, bytes]:
    """Return the file of experts."""
    header = header_of(county, department, "experts", ("source_id", "name", "employer", "specialty", "title", "status"))
    rows = [[one.expert_id, one.name, one.employer, one.specialty, one.title, one.status] for one in listed]
    return {"专家名录.xlsx": workbook([Page("专家", (), header, rows)])}


@dataclass(frozen=True, slots=True)
class Interest:
    """One declared interest: a person's or an expert's number, and the subject; the empty id means unknown."""

    record_id: str
    entity_id: str
    cells: Mapping[str, str]


_RELATIONS = ("近亲属任职", "本人或近亲属持股", "曾在该单位任职", "债权债务", "其他可能影响公正的关系")
_INTEREST_FIELDS: tuple[str, ...] = (
    "person_source_id",
    "person_name",
    "employer",
    "object_name",
    "code",
    "relation",
    "declared_by",
)


def interests(
    county: County,
    lists: Mapping[str, Sequence[Listing]],
    specialists: Sequence[Expert],
    subjects: Sequence[Subject],
    rng: Random,
) -> list[Interest]:
    """Return declared interests, mostly in shops on the person's own department's list; one names no known shop."""
    names = {department.key: department.name for department in county.departments}
    listed: dict[str, list[Subject]] = {key: [] for key in lists}
    for one in subjects:
        for key in one.listed_by:
            listed[key].append(one)
    lines = [(key, line) for key, found in lists.items() for line in found if not line.fault and listed[key]]
    found: list[Interest] = []
    for key, line in rng.sample(lines, min(len(lines), max(12, len(lines) // 8))):
        subject = rng.choice(listed[key])
        found.append(_interest(line.record_id, line.person.name, names[key], subject, rng))
    for one in rng.sample(list(specialists), min(3, len(specialists))):
        found.append(_interest(one.expert_id, one.name, one.employer, rng.choice(subjects), rng))
    key, line = lines[0]
    unknown = (line.record_id, line.person.name, names[key], "河湾旧茶铺", "", _RELATIONS[0], "本人申报")
    return [*found, Interest(line.record_id, "", dict(zip(_INTEREST_FIELDS, unknown, strict=True)))]


def _interest(record_id: str, name: str, employer: str, subject: Subject, rng: Random) -> Interest:
    code = subject.code if rng.random() < 0.85 else ""
    cells = (
        record_id,
        name,
        employer,
        subject.name,
        code,
        rng.choice(_RELATIONS),
        rng.choice(("本人申报", "组织核查")),
    )
    return Interest(record_id, subject.entity_id, dict(zip(_INTEREST_FIELDS, cells, strict=True)))


def interest_files(county: County, department: Department, declared: Sequence[Interest]) -> dict[str, bytes]:
    """Return the file of declared interests."""
    header = header_of(county, department, "interests", _INTEREST_FIELDS)
    rows = [[one.cells[name] for name in _INTEREST_FIELDS] for one in declared]
    return {"利害关系回避申报.xlsx": workbook([Page("回避", (), header, rows)])}
