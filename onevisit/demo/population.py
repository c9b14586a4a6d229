"""The true county: every subject once, as it really is; what departments make of it is in `registers.py`."""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from onevisit.county import County
from onevisit.demo.numbers import Numbers
from onevisit.demo.trades import LISTED_BY_KIND, TAG_BY_KIND, SubjectKind, Trade, trades
from onevisit.demo.words import (
    BRAND_FIRST,
    BRAND_SECOND,
    BRAND_THIRD,
    CROPS,
    GIVEN,
    ISSUING_PLACES,
    STREETS,
    SURNAMES,
    VILLAGES,
)

CODE_PREFIXES: dict[SubjectKind, str] = {
    "ind": "92", "co": "91", "branch": "91", "coop": "93", "inst": "12", "npo": "52", "village": "N2",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Subject:
    """One real subject or site, with what is true of it at the end of the year before the plan."""

    entity_id: str
    kind: SubjectKind
    trade: str
    name: str
    core: str
    """The name without the place in front of it."""
    code: str
    """Credit code; empty for a site and a home without licence."""
    registration_number: str
    town: str
    place: str
    """Address below the town."""
    legal_rep: str
    representative_id: str
    """ID number of the representative: some file it as the business's code."""
    phone: str
    opened_on: dt.date
    state: str
    tags: tuple[str, ...]
    listed_by: tuple[str, ...]
    """Keys of the departments that list it."""
    credit_class: str
    trap: str = ""
    """What makes it easy to take for another."""
    old_name: str = ""
    parent_code: str = ""
    """For a branch, the credit code of its company."""
    old_code: str = ""
    """Credit code before a new one was given to the same subject; some departments still file it."""
    old_place: str = ""
    old_rep: str = ""
    old_phone: str = ""
    """Address below the town, representative and phone of earlier years; some lists still have them."""


PROJECT_TRADE = "在建项目"
"""Trade of the sites that are projects under construction."""


def is_thing(one: Subject) -> bool:
    """Tell whether it is a project, a product or a conduct, which a subject answers for."""
    return one.trade == PROJECT_TRADE or one.kind in ("product", "conduct")


def person_name(rng: Random) -> str:
    """Return a made-up name of a person."""
    return rng.choice(SURNAMES) + "".join(rng.choices(GIVEN, k=rng.choice((1, 2, 2))))


def short_regions(county: County) -> tuple[str, ...]:
    """Return province and city as business names begin with them: 四川, 遂宁."""
    return tuple(re.sub("[省市]$", "", region) for region in county.regions)


def population(maker: "Maker", entities: int, rng: Random) -> list[Subject]:
    """Return so many subjects in mixed order, without the traps of `traps.py` and without entity ids."""
    subjects = [maker.subject(trade) for trade, count in _counts(entities) for _ in range(count)]
    return rng.sample(subjects, len(subjects))


def with_ids(subjects: Sequence[Subject], first: int = 1) -> list[Subject]:
    """Return the subjects with entity ids in their order: E000001 ..."""
    return [replace(one, entity_id=f"E{number:06d}") for number, one in enumerate(subjects, start=first)]


def _counts(entities: int) -> list[tuple[Trade, int]]:
    """Return how many subjects each trade has: at least two, in all exactly `entities`."""
    total = sum(trade.weight for trade in trades())
    exact = [max(2.0, trade.weight * entities / total) for trade in trades()]
    counts = [int(share) for share in exact]
    order = sorted(range(len(exact)), key=lambda i: (counts[i] - exact[i], i))
    step = 1 if sum(counts) < entities else -1
    while sum(counts) != entities:
        for i in order:
            if sum(counts) == entities:
                break
            if counts[i] + step >= 2:
                counts[i] += step
    return list(zip(trades(), counts, strict=True))


class Maker:
    """Makes subjects of one county and year; every number it gives is new, also to the subjects known before."""

    def __init__(self, county: County, year: int, rng: Random, known: Sequence[Subject] = ()) -> None:
        self.county = county
        self._year = year
        self._rng = rng
        given = (
            n
            for o in known
            for n in (o.code, o.old_code, o.registration_number, o.representative_id, o.phone, o.old_phone)
        )
        self._numbers = Numbers(county.code, rng, given)
        self._keys = frozenset(department.key for department in county.departments)
        # The seat and the street next to it hold most of the trade.
        self._town_weights = [30, 24] + [6] * (len(county.towns) - 2)
        self._parents = sorted({one.parent_code for one in known if one.parent_code})

    def subject(self, trade: Trade) -> Subject:
        """Return a new subject of a trade."""
        rng = self._rng
        kind = rng.choices(list(trade.kinds), weights=list(trade.kinds.values()))[0]
        town = rng.choices(self.county.towns, weights=self._town_weights)[0]
        legal_rep = person_name(rng)
        name, core = self._name(trade, kind, town, legal_rep)
        prefix = CODE_PREFIXES.get(kind)
        opened_on = self._day(1998 if kind != "site" else self._year - 4, self._year - 1)
        is_old = opened_on.year < 2015 and kind in ("ind", "co", "coop")
        code = self._code(prefix, is_digits=is_old and kind == "co") if prefix else ""
        parent = self._parent(kind, code)
        return Subject(
            entity_id="",
            kind=kind,
            trade=trade.name,
            name=name,
            core=core,
            code=code,
            registration_number=self._numbers.registration_number() if is_old else "",
            town=town,
            place=self._place(kind),
            legal_rep=legal_rep,
            representative_id=self._numbers.id_number(born=self._day(1958, 2002), is_male=rng.random() < 0.6),
            phone=self._numbers.mobile() if rng.random() < 0.88 else self._numbers.land_line(),
            opened_on=opened_on,
            state=self._state(kind),
            tags=self._tags(trade, kind),
            listed_by=self._listed_by(trade, kind),
            credit_class=self._credit_class(kind),
            trap="branch" if parent else "",
            parent_code=parent,
            old_place=self._place(kind) if rng.random() < 0.05 else "",
            old_rep=person_name(rng) if kind != "ind" and rng.random() < 0.08 else "",
            old_phone=self._numbers.mobile() if rng.random() < 0.16 else "",
        )

    def arrivals(self, count: int) -> list[Subject]:
        """Return so many new subjects of the trades as they come."""
        weights = [trade.weight for trade in trades()]
        return [self.subject(trade) for trade in self._rng.choices(trades(), weights=weights, k=count)]

    def moved(self, old: Subject) -> Subject:
        """Return a subject at another address, now and then in another town."""
        town = self._rng.choice(self.county.towns) if self._rng.random() < 0.3 else old.town
        return replace(old, town=town, place=self._place(old.kind), old_place=old.place)

    def led_anew(self, old: Subject) -> Subject:
        """Return a subject with another representative."""
        return replace(
            old,
            legal_rep=person_name(self._rng),
            representative_id=self._numbers.id_number(born=self._day(1958, 2002), is_male=self._rng.random() < 0.6),
            phone=self._numbers.mobile(),
            old_rep=old.legal_rep,
            old_phone=old.phone,
        )

    def listed_by(self, one: Subject) -> tuple[str, ...]:
        """Return who would list a subject of this trade and kind if it were new."""
        return self._listed_by(next(trade for trade in trades() if trade.name == one.trade), one.kind)

    def new_code(self, prefix: str) -> str:
        """Return a credit code nobody has yet."""
        return self._numbers.credit_code(prefix)

    def office_phone(self) -> str:
        """Return the land line of an office that several subjects give as theirs."""
        return self._numbers.land_line()

    def recent_day(self) -> dt.date:
        """Return a day of the last two years before the plan."""
        return self._day(self._year - 2, self._year - 1)

    def brand(self) -> str:
        """Return a made-up brand."""
        rng = self._rng
        third = rng.choice(BRAND_THIRD) if rng.random() < 0.3 else ""
        return rng.choice(BRAND_FIRST) + rng.choice(BRAND_SECOND) + third

    def _day(self, first_year: int, last_year: int) -> dt.date:
        first = dt.date(first_year, 1, 1)
        return first + dt.timedelta(days=self._rng.randrange((dt.date(last_year, 12, 1) - first).days))

    def _code(self, prefix: str, *, is_digits: bool) -> str:
        """Return a credit code; most of those that were once an organisation code of old are digits alone."""
        if is_digits and self._rng.random() < 0.6:
            return self._numbers.digits_code(prefix)
        return self._numbers.credit_code(prefix)

    def _parent(self, kind: SubjectKind, code: str) -> str:
        if kind == "co" and self._rng.random() < 0.1:
            self._parents.append(code)
        return self._rng.choice(self._parents) if kind == "branch" and self._parents else ""

    def _place(self, kind: SubjectKind) -> str:
        rng = self._rng
        if kind in ("coop", "home", "village") or rng.random() < 0.22:
            return f"{rng.choice(VILLAGES)}{rng.randint(1, 12)}组"
        number = f"{rng.choice(STREETS)}{rng.randint(1, 480)}号"
        tail = rng.choices(
            ("", f"{rng.randint(1, 3)}楼", f"附{rng.randint(2, 30)}号", rng.choice(ISSUING_PLACES)),
            weights=(70, 12, 12, 6),
        )
        return number + tail[0]

    def _state(self, kind: SubjectKind) -> str:
        if kind in ("inst", "npo", "village", "site"):
            return "存续"
        return self._rng.choices(("存续", "注销", "吊销", "停业"), weights=(965, 20, 8, 7))[0]

    def _tags(self, trade: Trade, kind: SubjectKind) -> tuple[str, ...]:
        own = [tag for tag, percent in trade.tags.items() if self._rng.random() * 100 < percent]
        return tuple(sorted({*own, *([TAG_BY_KIND[kind]] if kind in TAG_BY_KIND else [])}))

    def _listed_by(self, trade: Trade, kind: SubjectKind) -> tuple[str, ...]:
        chances = LISTED_BY_KIND[kind] | trade.lists
        return tuple(
            sorted(key for key, percent in chances.items() if key in self._keys and self._rng.random() * 100 < percent)
        )

    def _credit_class(self, kind: SubjectKind) -> str:
        classified = {"co": 0.92, "branch": 0.8, "coop": 0.75, "ind": 0.5}.get(kind, 0.0)
        if self._rng.random() >= classified:
            return ""
        return self._rng.choices("ABCD", weights=(28, 56, 13, 3))[0]

    def _name(self, trade: Trade, kind: SubjectKind, town: str, legal_rep: str) -> tuple[str, str]:
        """Return the full name and its core, without the place in front."""
        rng = self._rng
        word = rng.choice(trade.words)
        brand = self.brand()
        place = self.county.name
        if kind == "ind":
            core = (legal_rep if rng.random() < 0.3 else brand) + word
            return rng.choices((place + core, place + town + core, town + core), weights=(45, 33, 22))[0], core
        if kind in ("coop", "home"):
            product = rng.choice(CROPS) + "种植" if trade.name == "种植" else word.removesuffix("场")
            core = brand + (product + "专业合作社" if kind == "coop" else "家庭农场")
            return place + core, core
        if kind == "village":
            core = rng.choice(VILLAGES) + word
            return place + town + core, core
        if kind == "site":
            core = brand + word
            return town + core, core
        if kind in ("inst", "npo"):
            core = (brand if kind == "npo" else rng.choice(("", "第二", rng.choice(VILLAGES)[:-1]))) + word
            return place + town + core, core
        core = brand + word + rng.choices(("有限公司", "有限责任公司"), weights=(70, 30))[0]
        front = place if rng.random() < 0.62 else rng.choice(short_regions(self.county) or (place,))
        if kind == "branch":
            core += rng.choice((f"{town}分公司", "第一分公司", f"{town}门市部"))
        return front + core, core
