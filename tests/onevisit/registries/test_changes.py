import polars as pl
import pytest

from onevisit.registries import reasons
from onevisit.registries.changes import Registered, changes
from onevisit.registries.tables import Changes, ObjectFields, ObjectIds, Objects, ObjectSources
from onevisit.tables import Table, columns_of, frame_of, polars_schema
from tests.onevisit.registries.samples import MARKET, TAX, uscc

SHOP = {
    "object_id": uscc(1),
    "name": "大英县云诚超市",
    "address": "大英县蓬莱镇上街12号",
    "town": "蓬莱镇",
    "state": "存续",
    "records": "a",
}
OTHER = {**SHOP, "object_id": "DY-0000000001", "name": "大英县阳光旅馆", "records": "b"}


def frame(model: type[Table], rows: list[dict[str, object]]) -> pl.DataFrame:
    """Return rows of a model; columns a test is not about are null."""
    empty = dict.fromkeys(column.name for column in columns_of(model))
    return pl.DataFrame([{**empty, **row} for row in rows], schema=polars_schema(model))


def registered(
    *objects: dict[str, str], why: str = reasons.REGISTRAR, filed: dict[str, str] | None = None
) -> Registered:
    """Return a register; `records` are one-letter records, `filed` is what another department says of the first."""
    rows = [
        {**one, "department": MARKET, "file": "a.csv", "sheet": "", "row": ord(letter), "record_key": letter}
        for one in objects
        for letter in one["records"]
    ]
    told = [
        {
            **objects[0],
            "department": TAX,
            "field": field,
            "value": value,
            "is_chosen": False,
            "why": reasons.NOT_REGISTRAR,
        }
        for field, value in (filed or {}).items()
    ]
    taken = [
        {**one, "department": MARKET, "field": field, "value": one[field], "is_chosen": True, "why": why}
        for one in objects
        for field in ("name", "address", "town", "state")
        if one[field]
    ]
    return Registered(
        frame(Objects, [{**one, "departments": [MARKET], "record_count": len(one["records"])} for one in objects]),
        frame(ObjectSources, rows),
        frame(ObjectFields, taken + told),
    )


def told(county, now: Registered, before: Registered, **merged: str) -> list[tuple[str | None, ...]]:
    """Return the changes, which must add up; `merged` says which id went into which, a dash written as underscore."""
    ids = frame(ObjectIds, [{"object_id": old.replace("_", "-"), "merged_into": new} for old, new in merged.items()])
    found = changes(now, before, ids, county)
    Changes.validate(found, lazy=True)
    kinds = dict(found.group_by("change").len().iter_rows())
    grown = kinds.get("new", 0) + kinds.get("split", 0) - kinds.get("gone", 0) - kinds.get("merged", 0)
    if before.objects.height:
        assert now.objects.height - before.objects.height == grown
    return found.select("object_id", "change", "before", "after").rows()


def test_in_the_first_year_nothing_has_changed(county):
    assert (
        told(
            county,
            registered(SHOP, OTHER),
            Registered(*(frame_of(m, []) for m in (Objects, ObjectSources, ObjectFields))),
        )
        == []
    )


def test_the_same_register_again_has_no_changes(county):
    assert told(county, registered(SHOP, OTHER), registered(SHOP, OTHER)) == []


def test_who_comes_is_new_and_who_leaves_is_gone(county):
    assert told(county, registered(SHOP), registered(OTHER)) == [
        (SHOP["object_id"], "new", None, None),
        (OTHER["object_id"], "gone", None, None),
    ]


def test_who_joins_a_known_object_is_merged(county):
    before = registered(SHOP, OTHER)
    now = registered({**SHOP, "records": "ab"})
    assert told(county, now, before, DY_0000000001=SHOP["object_id"]) == [
        (SHOP["object_id"], "merged", OTHER["object_id"], SHOP["object_id"])
    ]


def test_who_gets_a_code_is_recoded_and_not_new(county):
    now = registered({**OTHER, "object_id": uscc(2), "state": "停业"})
    assert told(county, now, registered(OTHER), DY_0000000001=uscc(2)) == [
        (uscc(2), "recoded", "DY-0000000001", uscc(2)),
        (uscc(2), "state", "存续", "停业"),
    ]


def test_of_two_that_get_one_code_the_larger_is_recoded_and_the_other_merged(county):
    small = {**OTHER, "object_id": "DY-0000000002", "records": "c"}
    before = registered({**OTHER, "records": "bd"}, small)
    now = registered({**OTHER, "object_id": uscc(2), "records": "bcd"})
    assert told(county, now, before, DY_0000000001=uscc(2), DY_0000000002=uscc(2)) == [
        (uscc(2), "merged", "DY-0000000002", uscc(2)),
        (uscc(2), "recoded", "DY-0000000001", uscc(2)),
    ]


def test_who_parts_from_an_object_is_a_split(county):
    before = registered({**SHOP, "records": "abc"})
    now = registered({**SHOP, "records": "ab"}, {**OTHER, "records": "cx"})
    assert told(county, now, before) == [(OTHER["object_id"], "split", SHOP["object_id"], OTHER["object_id"])]


def test_a_record_that_goes_to_another_known_object_changes_no_object(county):
    before = registered({**SHOP, "records": "ac"}, OTHER)
    assert told(county, registered(SHOP, {**OTHER, "records": "bc"}), before) == []


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        ("renamed", "name", "大英县新云诚超市"),
        ("renamed", "name", "大英县阳光超市"),
        ("moved", "address", "大英县蓬莱镇上街14号"),
        ("moved", "address", "大英县蓬莱镇下街12号"),
        ("moved", "address", "隆盛镇梨园村3组"),
        ("moved", "town", "隆盛镇"),
        ("state", "state", "注销"),
    ],
)
def test_what_another_value_means_is_a_change(county, change, field, value):
    now = registered({**SHOP, field: value})
    assert told(county, now, registered(SHOP)) == [(SHOP["object_id"], change, SHOP[field], value)]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "云诚超市（个体工商户）"),
        ("name", "四川省遂宁市大英县云城超市"),
        ("name", "大英县诚云超市"),
        ("address", "四川省遂宁市大英县蓬莱镇上街12＃"),
        ("address", "蓬莱镇上街十二号附3号"),
        ("address", "大英县蓬莱镇尚街12号"),
        ("address", "大英县蓬莱镇上街"),
        ("address", "大英县"),
        ("address", ""),
    ],
)
def test_what_is_only_written_otherwise_is_none(county, field, value):
    assert told(county, registered({**SHOP, field: value}), registered(SHOP)) == []
    assert told(county, registered(SHOP), registered({**SHOP, field: value})) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", "大英县阳光超市"), ("address", "大英县蓬莱镇下街7号"), ("town", "隆盛镇")],
)
def test_what_another_department_filed_last_year_already_is_none(county, field, value):
    before = registered(SHOP, filed={field: value}, why=reasons.NEWEST)
    assert told(county, registered({**SHOP, field: value}, why=reasons.NEWEST), before) == []


def test_without_the_registering_authority_a_slip_is_no_other_name(county):
    before = registered(SHOP, why=reasons.MOST)
    assert told(county, registered({**SHOP, "name": "大英县新云诚超市"}, why=reasons.MOST), before) == []
    assert len(told(county, registered({**SHOP, "name": "大英县阳光超市"}, why=reasons.MOST), before)) == 1


def test_who_moves_to_another_town_has_moved_once(county):
    now = registered({**SHOP, "address": "大英县隆盛镇北街1号", "town": "隆盛镇"})
    assert told(county, now, registered(SHOP)) == [(SHOP["object_id"], "moved", SHOP["address"], "大英县隆盛镇北街1号")]


def test_changes_do_not_depend_on_the_order_of_rows(county):
    before = registered({**SHOP, "records": "abc"}, {**OTHER, "records": "d"})
    now = registered(
        {**SHOP, "name": "大英县阳光超市", "records": "ab"}, {**OTHER, "object_id": uscc(3), "records": "cdx"}
    )
    turned = [
        Registered(*(getattr(y, part).reverse() for part in ("objects", "sources", "fields"))) for y in (now, before)
    ]
    assert told(county, *turned) == told(county, now, before)
