"""Traps of real registers: subjects that are easy to take for one another, and some that look like two.

They are made out of plain subjects, so that the number of subjects stays the same. `Subject.trap`
names them:

- same_name: same-named shops in two towns; same_owner: two shops of one operator;
- renamed: some departments know the old name; recoded: some know the code before the present one;
- rereg, upgraded: a closed business and the one that took its place, 个转企 for the latter;
- chain: shops of one brand in several towns; stall: neighbours in one market, with its office's phone;
- sibling: two firms of one owner at one address;
- school: a school and its kindergarten; village: a village's committee, collective and clinic;
- branch: made together with its company in `population.py`.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

from onevisit.demo.population import CODE_PREFIXES, Maker, Subject
from onevisit.demo.trades import TAG_BY_KIND, Trade, trades
from onevisit.demo.words import MARKET_GOODS, VILLAGES

_COMMITTEE_PREFIX = "54"
"""Beginning of a village committee's credit code."""
_VILLAGE_BODIES = ("股份经济合作联合社", "村民委员会")
_CHAIN_TRADES = ("食品零售", "餐饮", "药店", "理发美容")
_ORDINALS = "一二三"
_STALLS = 4


def with_traps(subjects: Sequence[Subject], maker: Maker, rng: Random) -> list[Subject]:
    """Return the subjects, some of them turned into traps; each is in one trap at most."""
    draft = _Draft(subjects, maker, rng)
    share = max(2, len(subjects) // 120)
    for make, count in (
        (_same_name, share),
        (_same_owner, share),
        (_renamed, share),
        (_renewed, share // 2),
        (_upgraded, share // 2),
        (_recoded, share // 2),
        (_chain, max(1, share // 4)),
        (_stalls, max(1, share // 3)),
        (_siblings, share // 2),
        (_school, max(1, share // 4)),
        (_village, max(1, share // 4)),
    ):
        for _ in range(count):
            make(draft)
    return draft.subjects


def renewed(old: Subject, maker: Maker) -> Subject:
    """Return the business that took a closed one's place: same door and name, new code."""
    return replace(
        old,
        code=maker.new_code(CODE_PREFIXES[old.kind]),
        old_code="",
        registration_number="",
        opened_on=maker.recent_day(),
        state="存续",
        trap="rereg",
    )


def upgraded(old: Subject, maker: Maker) -> Subject:
    """Return the enterprise that a self-employed business became (个转企): same door and people, new name and code."""
    tags = {*old.tags, TAG_BY_KIND["co"]} - {TAG_BY_KIND["ind"]}
    core = old.core + "有限公司"
    return replace(
        renewed(replace(old, kind="co"), maker),
        name=maker.county.name + core,
        core=core,
        tags=tuple(sorted(tags)),
        trap="upgraded",
    )


class _Draft:
    """The subjects so far, and which of them are still plain."""

    def __init__(self, subjects: Sequence[Subject], maker: Maker, rng: Random) -> None:
        self.subjects = list(subjects)
        self.maker = maker
        self.rng = rng
        plain = [i for i, one in enumerate(subjects) if one.state == "存续" and not one.trap]
        self._free = rng.sample(plain, len(plain))

    def take(self, *fits: Callable[[Subject], bool]) -> list[int]:
        """Return a plain subject for each condition, none at all when one of them finds nobody."""
        taken: list[int] = []
        for is_fit in fits:
            found = next((i for i in self._free if i not in taken and is_fit(self.subjects[i])), None)
            if found is None:
                return []
            taken.append(found)
        for i in taken:
            self._free.remove(i)
        return taken


def _is_shop(one: Subject) -> bool:
    return one.kind == "ind"


def _is_firm(one: Subject) -> bool:
    return one.kind == "co"


def _of(*names: str, kind: str = "") -> Callable[[Subject], bool]:
    """Return the condition that a subject is of one of these trades, and of the kind if one is named."""
    return lambda one: one.trade in names and kind in ("", one.kind)


def _same_name(draft: _Draft) -> None:
    subjects = draft.subjects
    for i, j in _pairs(draft, _is_shop, _is_shop):
        core = subjects[j].core
        if subjects[i].town != subjects[j].town:
            for k in (i, j):
                subjects[k] = replace(subjects[k], name=subjects[k].town + core, core=core, trap="same_name")


def _same_owner(draft: _Draft) -> None:
    subjects = draft.subjects
    for i, j in _pairs(draft, _is_shop, _is_shop):
        first = subjects[i] = replace(subjects[i], trap="same_owner")
        subjects[j] = replace(
            subjects[j],
            legal_rep=first.legal_rep,
            representative_id=first.representative_id,
            phone=first.phone,
            town=first.town,
            name=f"{draft.maker.county.name}{first.town}{first.legal_rep}{subjects[j].core}",
            trap="same_owner",
        )


def _renamed(draft: _Draft) -> None:
    for i in draft.take(_is_shop):
        old = draft.subjects[i]
        name = old.name.replace(old.core, "新" + old.core)
        draft.subjects[i] = replace(old, old_name=old.name, name=name, trap="renamed")


def _renewed(draft: _Draft) -> None:
    for i, j in _pairs(draft, _is_shop, _is_shop):
        draft.subjects[i] = replace(draft.subjects[i], state="注销", trap="rereg")
        draft.subjects[j] = renewed(draft.subjects[i], draft.maker)


def _upgraded(draft: _Draft) -> None:
    for i, j in _pairs(draft, _is_shop, _is_shop):
        draft.subjects[i] = replace(draft.subjects[i], state="注销", trap="upgraded")
        draft.subjects[j] = upgraded(draft.subjects[i], draft.maker)


def _recoded(draft: _Draft) -> None:
    for i in draft.take(lambda one: one.kind in ("co", "ind")):
        old = draft.subjects[i]
        code = draft.maker.new_code(CODE_PREFIXES[old.kind])
        draft.subjects[i] = replace(old, code=code, old_code=old.code, trap="recoded")


def _chain(draft: _Draft) -> None:
    order = draft.rng.sample(_CHAIN_TRADES, len(_CHAIN_TRADES))
    tries = ((trade, draft.take(*[_of(trade, kind="ind")] * len(_ORDINALS))) for trade in order)
    trade, shops = next(((trade, shops) for trade, shops in tries if shops), (order[0], list[int]()))
    brand, word = draft.maker.brand(), draft.rng.choice(_trade(trade).words)
    towns = draft.rng.sample(draft.maker.county.towns, len(_ORDINALS))
    is_one_owner, is_one_phone = (draft.rng.random() < 0.5 for _ in range(2))
    for i, town, ordinal in zip(shops, towns, _ORDINALS, strict=False):
        first, own = draft.subjects[shops[0]], draft.subjects[i]
        core = f"{brand}{word}连锁{ordinal}店"
        owner = first if is_one_owner else own
        draft.subjects[i] = replace(
            own,
            name=draft.maker.county.name + core,
            core=core,
            town=town,
            legal_rep=owner.legal_rep,
            representative_id=owner.representative_id,
            phone=first.phone if is_one_phone else own.phone,
            trap="chain",
        )


def _stalls(draft: _Draft) -> None:
    stalls = draft.take(*[_of("食品零售", kind="ind")] * _STALLS)
    market, phone = f"{draft.maker.brand()}农贸市场", draft.maker.office_phone()
    town, number = draft.rng.choice(draft.maker.county.towns), draft.rng.randint(1, 80)
    for place, i in enumerate(stalls, start=number):
        own = draft.subjects[i]
        core = f"{own.legal_rep}{draft.rng.choice(MARKET_GOODS)}摊"
        draft.subjects[i] = replace(
            own,
            name=draft.maker.county.name + town + core,
            core=core,
            town=town,
            place=f"{market}{place}号摊位",
            phone=phone,
            trap="stall",
        )


def _siblings(draft: _Draft) -> None:
    subjects, brand = draft.subjects, draft.maker.brand()
    for i, j in _pairs(draft, _is_firm, _is_firm):
        first = subjects[i]
        words = (draft.rng.choice(_trade(subjects[k].trade).words) for k in (i, j))
        for k, word in zip((i, j), words, strict=True):
            # Nobody may register the same name twice.
            core = f"{brand}{word}{'' if k == i else '实业'}有限公司"
            subjects[k] = replace(
                subjects[k],
                name=draft.maker.county.name + core,
                core=core,
                town=first.town,
                place=first.place,
                legal_rep=first.legal_rep,
                representative_id=first.representative_id,
                phone=first.phone,
                trap="sibling",
            )


def _school(draft: _Draft) -> None:
    for i, j in _pairs(draft, _of("中小学"), _of("幼儿园")):
        school = draft.subjects[i] = replace(draft.subjects[i], trap="school")
        draft.subjects[j] = replace(
            draft.subjects[j],
            name=school.name + "附属幼儿园",
            core=school.core + "附属幼儿园",
            town=school.town,
            place=school.place,
            legal_rep=school.legal_rep,
            representative_id=school.representative_id,
            phone=school.phone,
            trap="school",
        )


def _village(draft: _Draft) -> None:
    bodies = draft.take(_of("村集体"), _of("机关事业"), _of("公立医疗"))
    village = draft.rng.choice(VILLAGES)
    group = f"{village}{draft.rng.randint(1, 12)}组"
    for i, word in zip(bodies, (*_VILLAGE_BODIES, "卫生室"), strict=False):
        head, own = draft.subjects[bodies[0]], draft.subjects[i]
        # The village's head leads both bodies; the clinic has a doctor of its own.
        leader = head if word in _VILLAGE_BODIES else own
        is_committee = word == _VILLAGE_BODIES[1]
        draft.subjects[i] = replace(
            own,
            kind="village" if is_committee else own.kind,
            code=draft.maker.new_code(_COMMITTEE_PREFIX) if is_committee else own.code,
            name=draft.maker.county.name + head.town + village + word,
            core=village + word,
            town=head.town,
            place=group,
            legal_rep=leader.legal_rep,
            representative_id=leader.representative_id,
            phone=head.phone,
            trap="village",
        )


def _pairs(draft: _Draft, *fits: Callable[[Subject], bool]) -> list[tuple[int, int]]:
    """Return one pair of plain subjects, or none."""
    taken = draft.take(*fits)
    return [(taken[0], taken[1])] if taken else []


def _trade(name: str) -> Trade:
    return next(trade for trade in trades() if trade.name == name)
