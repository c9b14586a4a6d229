"""Departments' lists of objects: the true subjects as sixteen departments wrote them down, dirt and all."""

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

from onevisit.county import County, Department
from onevisit.demo.headers import header_of
from onevisit.demo.population import Subject, person_name, short_regions
from onevisit.demo.words import (
    ABBREVIATIONS,
    CHINESE_DIGITS,
    FULL_WIDTH,
    GIVEN,
    GIVEN_HOMOPHONES,
    HOMOPHONES,
    TRADITIONAL,
)
from onevisit.demo.workbooks import Encoding, Page, csv_file, workbook

FIELDS = (
    "source_id", "name", "code", "address", "legal_rep", "phone", "opened_on", "status", "town", "updated_on", "tags",
)  # fmt: skip
PLACEHOLDERS = ("/", "-", "无", "暂无", "NULL", "000000000000000000")
DATE_FORMS = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d")
ENTITY_TYPES = {
    "ind": "个体工商户", "co": "有限责任公司", "branch": "有限责任公司分公司", "coop": "农民专业合作社",
    "home": "个人经营", "inst": "事业单位", "npo": "民办非企业单位",
}  # fmt: skip
_CSV_ENCODINGS: dict[str, Encoding] = {
    "ga": "gb18030", "jt": "gb18030", "wj": "gb18030", "tax": "utf-8-sig", "tj": "utf-8-sig",
}  # fmt: skip
_WORKBOOKS = ("jyty", "ny", "sthj", "yj", "zj")
_REGISTRAR_CARE = 0.2
"""The registering authority makes a fifth of the slips the others make."""
_MOST = 0.9
"""No slip is surer than this, however dirty the county."""
_FRESH = 0.1
"""Share of kept lines that a clerk writes anew a year later though nothing changed."""
_HEARD = 0.6
"""Chance that a department hears of a change within a year; the registering authority does."""


@dataclass(frozen=True, slots=True)
class Dirt:
    """How dirty the lists are: the defaults are a usual county. ValueError below nothing or above all."""

    slips: float = 1.0
    """Multiplies the chance of every slip, up to 0.9."""
    codes_blank: float = 0.0
    """Share of records whose code is blanked after the ordinary slips, at every department."""

    def __post_init__(self) -> None:
        if self.slips < 0 or not 0 <= self.codes_blank <= 1:
            raise ValueError(f"no such dirt: {self}")


@dataclass(slots=True)
class Record:
    """One line of a department's list, and the truth behind it."""

    cells: dict[str, str]
    subject: Subject
    slips: list[str] = field(default_factory=list[str])
    fault: str = ""
    """Why intake must refuse the line; empty for a line that stands."""

    @property
    def record_id(self) -> str:
        """Return the department's own number of the record."""
        return self.cells["source_id"]

    @property
    def is_thing(self) -> bool:
        """Tell whether the line is filed with who answers for it: a product, a project or a conduct."""
        return "responsible_name" in self.cells


@dataclass(frozen=True, slots=True)
class Scribe:
    """What one department's clerks have before them when they write a line."""

    county: County
    department: Department
    year: int
    own_tags: frozenset[str]
    """Tags that the department's items use: it shows no others."""
    listed: Sequence[Subject]
    """Subjects that the department lists."""
    dirt: Dirt
    rng: Random
    blanks: Random
    """Decides which codes are blanked, apart, so that nothing else of the county changes with them."""

    @property
    def is_bureau(self) -> bool:
        """Tell whether the department is the one that registers businesses."""
        return self.department.key == self.county.bureau.key

    def slips_by(self, chance: float) -> bool:
        """Tell whether a slip of this chance happens to this department."""
        return self.happens(chance * (_REGISTRAR_CARE if self.is_bureau else 1))

    def happens(self, chance: float) -> bool:
        """Tell whether something of this chance happens, whoever the department is."""
        return self.rng.random() < min(chance * self.dirt.slips, _MOST)

    @property
    def date_form(self) -> str:
        """Return how the department writes dates; now and then a clerk writes them another way."""
        index = self.county.department_names.index(self.department.name)
        return self.rng.choice(DATE_FORMS) if self.happens(0.03) else DATE_FORMS[index % 4]


def register(scribe: Scribe) -> list[Record]:
    """Return the lines of one department's list, in the order of its file."""
    listed = scribe.listed
    twice = [one for one in listed if scribe.happens(0.002 if scribe.is_bureau else 0.012)]
    ordered = scribe.rng.sample([*listed, *twice], len(listed) + len(twice))
    records = [_record(scribe, one, number) for number, one in enumerate(ordered, start=1)]
    _spoil(records, scribe)
    return records


def register_a_year_later(scribe: Scribe, last: Sequence[Record]) -> list[Record]:
    """Return the lines of the list that follows last year's.

    Lines of subjects that are still listed keep their numbers and mostly their words, right or wrong.
    One is written anew when the department hears of a change, and some are for no reason. Subjects
    new on the list follow behind.
    """
    now = {one.entity_id: one for one in scribe.listed}
    kept = [_a_year_later(scribe, one, now[one.subject.entity_id]) for one in last if one.subject.entity_id in now]
    known = {one.subject.entity_id for one in last}
    first = 1 + max((int(one.record_id.rpartition("-")[2]) for one in last), default=0)
    arrived = [one for one in scribe.listed if one.entity_id not in known]
    records = kept + [_record(scribe, one, number) for number, one in enumerate(arrived, start=first)]
    _spoil(records, scribe)
    return records


def _a_year_later(scribe: Scribe, last: Record, now: Subject) -> Record:
    is_changed = last.subject != now and (scribe.is_bureau or scribe.rng.random() < _HEARD)
    if last.fault or is_changed or scribe.rng.random() < _FRESH:
        return _written(scribe, now, last.record_id)
    return Record(dict(last.cells), now, list(last.slips))


def register_files(county: County, department: Department, records: Sequence[Record], rng: Random) -> dict[str, bytes]:
    """Return the files of one department's list without its things: file name -> bytes."""
    records = [record for record in records if not record.is_thing]
    fields = (*FIELDS, "entity_type") if department.key == county.bureau.key else FIELDS
    header = header_of(county, department, "objects", fields)

    def rows(chosen: Sequence[Record]) -> list[list[str]]:
        return [[record.cells[name] for name in fields] for record in chosen]

    title = f"{department.name}检查对象名录"
    if department.key == county.bureau.key:
        parts = {"企业": [r for r in records if not _is_shop(r)], "个体工商户": [r for r in records if _is_shop(r)]}
        return {
            f"检查对象名录（{name}）.xlsx": workbook([Page("Sheet1", (), header, rows(part))])
            for name, part in parts.items()
        }
    if department.key == "ny":
        farms = [r for r in records if r.subject.kind in ("coop", "village")]
        others = [r for r in records if r.subject.kind not in ("coop", "village")]
        hints = Page("说明", ("填表说明",), ("请勿改动表头",), ())
        pages = [Page("合作社", (), header, rows(farms)), Page("种植养殖", (), header, rows(others)), hints]
        return {"检查对象名录.xlsx": workbook(pages)}
    if department.key in _WORKBOOKS:
        titles = (title, f"填报单位：{department.name}　　单位：户") if department.key == "jyty" else (title,)
        notes = (f"合计：{len(records)}户", f"填报人：{person_name(rng)}")
        return {"检查对象名录.xlsx": workbook([Page("名录", titles, header, rows(records), notes)])}
    encoding = _CSV_ENCODINGS.get(department.key, "utf-8")
    return {"检查对象名录.csv": csv_file(header, rows(records), encoding)}


def _is_shop(record: Record) -> bool:
    return record.subject.kind in ("ind", "home")


def _record(scribe: Scribe, subject: Subject, number: int) -> Record:
    return _written(scribe, subject, f"{scribe.department.prefix}-{number:06d}")


def _written(scribe: Scribe, subject: Subject, record_id: str) -> Record:
    record = Record({"source_id": record_id}, subject)
    for write in _WRITERS:
        write(record, scribe)
    if scribe.dirt.codes_blank and scribe.blanks.random() < scribe.dirt.codes_blank:
        record.cells["code"] = ""
        record.slips.append("blanked")
    return record


def _write_name(record: Record, scribe: Scribe) -> None:
    subject, rng = record.subject, scribe.rng
    name = subject.name
    if subject.old_name and not scribe.is_bureau and scribe.happens(0.5):
        name = subject.old_name
        record.slips.append("old_name")
    if scribe.slips_by(0.36):
        slip, changed = rng.choice(_NAME_SLIPS)
        written = changed(name, record, scribe)
        if written != name:
            name = written
            record.slips.append(slip)
    record.cells["name"] = name


def _prefix_drop(name: str, record: Record, scribe: Scribe) -> str:
    for front in (scribe.county.name, *short_regions(scribe.county)):
        if name.startswith(front) and len(name) - len(front) >= 4:
            return name.removeprefix(front)
    return name


def _prefix_add(name: str, record: Record, scribe: Scribe) -> str:
    return "".join(scribe.county.regions) + name if name.startswith(scribe.county.name) else name


def _suffix(name: str, record: Record, scribe: Scribe) -> str:
    return f"{name}（个体工商户）" if record.subject.kind == "ind" else name


def _replaced(table: dict[str, str], most: int) -> "Callable[[str, Record, Scribe], str]":
    def change(name: str, record: Record, scribe: Scribe) -> str:
        places = [i for i, c in enumerate(name) if c in table][-most:]
        return "".join(table[c] if i in places else c for i, c in enumerate(name))

    return change


def _blank_inside(name: str, record: Record, scribe: Scribe) -> str:
    at = scribe.rng.randint(2, max(2, len(name) - 2))
    return name[:at] + scribe.rng.choice((" ", "　")) + name[at:]


def _char_swap(name: str, record: Record, scribe: Scribe) -> str:
    core = record.subject.core
    return name.replace(core, core[1] + core[0] + core[2:]) if len(core) > 4 else name


def _abbreviated(name: str, record: Record, scribe: Scribe) -> str:
    for long, short in ABBREVIATIONS.items():
        if long in name:
            return name.replace(long, short)
    return name.replace(scribe.county.name, scribe.county.name[:-1])


def _char_drop(name: str, record: Record, scribe: Scribe) -> str:
    at = name.find(record.subject.core) + scribe.rng.randrange(3)
    return name[:at] + name[at + 1 :] if len(record.subject.core) > 4 else name


_NAME_SLIPS = (
    ("prefix_drop", _prefix_drop),
    ("prefix_drop", _prefix_drop),
    ("prefix_add", _prefix_add),
    ("suffix", _suffix),
    ("trad", _replaced(TRADITIONAL, 20)),
    ("homophone", _replaced(HOMOPHONES, 1)),
    ("space", _blank_inside),
    ("char_swap", _char_swap),
    ("abbrev", _abbreviated),
    ("abbrev", _abbreviated),
    ("char_drop", _char_drop),
)


def _write_code(record: Record, scribe: Scribe) -> None:
    subject, rng = record.subject, scribe.rng
    code, slip = subject.code, ""
    if not code:
        code = rng.choice(("", "", *PLACEHOLDERS[:4]))
    elif subject.parent_code and not scribe.is_bureau and scribe.happens(0.15):
        code, slip = subject.parent_code, "parent_code"
    elif subject.old_code and not scribe.is_bureau and scribe.happens(0.5):
        code, slip = subject.old_code, "old_code"
    elif scribe.slips_by(0.004):
        other = rng.choice(scribe.listed).code
        code, slip = (other, "wrong_code") if other not in ("", code) else (code, "")
    elif subject.registration_number and scribe.slips_by(0.12):
        code, slip = subject.registration_number, "reg15"
        if rng.random() < 0.06:
            code, slip = _scientific(code), "rounded"
    elif code.isdigit() and scribe.slips_by(0.04):
        code, slip = rng.choice((f"{code[:15]}000", _scientific(code))), "rounded"
    elif scribe.slips_by(0.24):
        slip, changed = rng.choices(_CODE_SLIPS, weights=_CODE_SLIP_WEIGHTS)[0]
        code = changed(code, record, rng)
    record.cells["code"] = code
    if slip:
        record.slips.append(slip)


def _scientific(code: str) -> str:
    """Return a number as a spreadsheet shows it: 9.15109E+17."""
    return f"{int(code):.5E}"


def _typo(code: str, record: Record, rng: Random) -> str:
    at = rng.randrange(9, 17)
    return code[:at] + rng.choice([c for c in "23456789" if c != code[at]]) + code[at + 1 :]


def _organisation(code: str, record: Record, rng: Random) -> str:
    return f"{code[8:16]}-{code[16]}" if rng.random() < 0.5 else code[8:17]


_CODE_SLIPS: "tuple[tuple[str, Callable[[str, Record, Random], str]], ...]" = (
    ("no_code", lambda code, record, rng: ""),
    ("placeholder", lambda code, record, rng: rng.choice(PLACEHOLDERS)),
    ("lower_case", lambda code, record, rng: code.lower()),
    ("full_width", lambda code, record, rng: code.translate(FULL_WIDTH)),
    ("blanks", lambda code, record, rng: f"{code[:6]} {code[6:10]} {code[10:]}"),
    ("letter_o", lambda code, record, rng: code.replace("0", "O")),
    ("org9", _organisation),
    ("code_typo", _typo),
    ("id_card", lambda code, record, rng: record.subject.representative_id),
)
_CODE_SLIP_WEIGHTS = (36, 20, 8, 6, 9, 4, 7, 6, 3)


def _write_address(record: Record, scribe: Scribe) -> None:
    subject, rng = record.subject, scribe.rng
    place = subject.place
    if subject.old_place and not scribe.is_bureau and scribe.happens(0.4):
        place = subject.old_place
        record.slips.append("old_addr")
    below = subject.town + _written_place(place, scribe)
    forms = ("".join(scribe.county.regions) + scribe.county.name + below, scribe.county.name + below, below)
    record.cells["address"] = rng.choices(forms, weights=(35, 45, 20))[0]
    if scribe.slips_by(0.04):
        record.cells["address"] = rng.choice(("", "无", subject.place))
        record.slips.append("no_addr")


def _written_place(place: str, scribe: Scribe) -> str:
    """Return an address below the town as clerks vary it: 附2号, -2, 2组, 2社, 二组, the village alone."""
    for pattern, written, chance in _PLACE_FORMS:
        if re.search(pattern, place) and scribe.happens(chance):
            place = re.sub(pattern, written, place)
    if scribe.happens(0.02):
        return place.translate(FULL_WIDTH)
    has_one_digit = len(re.findall(r"\d", place)) == 1
    return place.translate(str.maketrans(CHINESE_DIGITS)) if has_one_digit and scribe.happens(0.1) else place


_PLACE_FORMS = (
    (r"号附(\d+)号$", r"号-\1", 0.3),
    (r"号附(\d+)号$", r"附\1号", 0.2),
    (r"号$", "#", 0.12),
    (r"号$", "", 0.12),
    (r"组$", "社", 0.25),
    (r"村\d+[组社]$", "村", 0.15),
    (r"(?<=号)\d楼$", "", 0.3),
    (r"(?<=号)\D+$", "", 0.3),
)
"""How a place is written otherwise, and how often."""


def _write_people(record: Record, scribe: Scribe) -> None:
    subject, rng = record.subject, scribe.rng
    name, phone = subject.legal_rep, subject.phone
    if subject.old_rep and not scribe.is_bureau and scribe.happens(0.35):
        name = subject.old_rep
        record.slips.append("old_rep")
    elif scribe.slips_by(0.012):
        name = name[:-1] + GIVEN_HOMOPHONES.get(name[-1], rng.choice(GIVEN))
        record.slips.append("rep_typo")
    elif scribe.slips_by(0.01):
        name = person_name(rng)
        record.slips.append("other_contact")
    if scribe.slips_by(0.06):
        name = rng.choice(("", "", name[0] + "**"))
        record.slips.append("masked_rep" if name else "no_rep")
    record.cells["legal_rep"] = name
    if subject.old_phone and scribe.happens(0.2 if scribe.is_bureau else 0.5):
        phone = subject.old_phone
        record.slips.append("old_phone")
    if scribe.slips_by(0.25):
        masked = phone[:3] + "****" + phone[7:]
        other = f"0825-1{rng.randrange(10**6):06d}"
        phone = rng.choices(("", masked, f"+86 {phone}", other), weights=(60, 18, 8, 14))[0]
        record.slips.append("other_phone" if phone else "no_phone")
    record.cells["phone"] = phone


def _write_days(record: Record, scribe: Scribe) -> None:
    subject, rng = record.subject, scribe.rng
    form = scribe.date_form
    record.cells["opened_on"] = "" if scribe.slips_by(0.16) else subject.opened_on.strftime(form)
    is_stale = scribe.slips_by(0.16)
    newest = dt.date(scribe.year - 1, 12, 10)
    age = rng.randint(400, 1500) if is_stale else rng.randint(3, 330)
    record.cells["updated_on"] = max(newest - dt.timedelta(days=age), subject.opened_on).strftime(form)
    if is_stale:
        record.slips.append("stale")


def _write_state(record: Record, scribe: Scribe) -> None:
    state, rng = record.subject.state, scribe.rng
    if state != "存续" and not scribe.is_bureau and scribe.happens(0.7):
        state = "存续"
        record.slips.append("stale_state")
    record.cells["status"] = rng.choice(("存续", "存续", "在业", "开业")) if state == "存续" else state


def _write_town(record: Record, scribe: Scribe) -> None:
    town, rng = record.subject.town, scribe.rng
    aliases = [alias for alias, meant in scribe.county.town_aliases.items() if meant == town]
    if scribe.slips_by(0.14):
        town = rng.choice(("", "", "", *aliases))
        record.slips.append("town_alias" if town else "town_drop")
    record.cells["town"] = town


def _write_tags(record: Record, scribe: Scribe) -> None:
    own = [tag for tag in record.subject.tags if tag in scribe.own_tags]
    record.cells["tags"] = "" if scribe.happens(0.04) else "、".join(own)
    record.cells["entity_type"] = ENTITY_TYPES.get(record.subject.kind, "其他")


_WRITERS: "tuple[Callable[[Record, Scribe], None], ...]" = (
    _write_name,
    _write_code,
    _write_address,
    _write_people,
    _write_days,
    _write_state,
    _write_town,
    _write_tags,
)


def _spoil(records: Sequence[Record], scribe: Scribe) -> None:
    """Make a few lines unreadable, so that refusals show: one fault a line, fewer in a short list."""
    faults = (("town", "青石镇", "unknown_town"), ("updated_on", f"{scribe.year - 1}-02-30", "impossible_date"),
              ("name", "", "missing_name"), ("status", "营业中", "unknown_status"))  # fmt: skip
    index = scribe.county.department_names.index(scribe.department.name)
    count = min(3, len(records) // 60)
    for offset, record in enumerate(scribe.rng.sample(list(records), count)):
        column, value, fault = faults[(index + offset) % len(faults)]
        record.cells[column] = value
        record.fault = fault
