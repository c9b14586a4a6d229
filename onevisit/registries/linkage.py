"""Which filed records are the same object: records in, one cluster per object out.

The only place that decides it. `prepare` brings filed rows to comparable form; `link` looks at the
pairs worth comparing (`pairs.py`), says how alike each is (`comparison.py`), learns from the codes
what likeness counts for (`weights.py`), doubts codes that the rest contradicts (`audit.py`), and
joins what belongs together (`clusters.py`). Two trusted codes never become one object, and what a
person judged comes before what was computed.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from onevisit.county import County
from onevisit.registries.addresses import door
from onevisit.registries.audit import doubts
from onevisit.registries.cells import with_code_kinds
from onevisit.registries.clusters import connected, joined
from onevisit.registries.comparison import Levels, columns_of, compare
from onevisit.registries.names import plain, read_names, town, without_start
from onevisit.registries.pairs import compared_pairs
from onevisit.registries.records import record_keys
from onevisit.registries.registrars import is_registrar
from onevisit.registries.sounds import sound
from onevisit.registries.states import LIVING, state
from onevisit.registries.texts import texts
from onevisit.registries.weights import Points, added, learnt_points, usual_points

MERGE = 200
"""Clusters join when the evidence between them is at least so many hundredths of a bit: p >= .8."""
_LINKING_KINDS = ("uscc", "organisation", "registration")
JUDGED = "judged"
"""The doubt of a code that a person's judgement took from a record."""


@dataclass(frozen=True, slots=True)
class Linkage:
    """What linking found. `pairs` are those compared, with left, right, points and levels of each."""

    records: pl.DataFrame
    """The prepared records with `doubt`, `is_code_trusted`, `trusted`, `cluster` and `matched_by`."""
    pairs: pl.DataFrame
    levels: Levels
    points: Points


def prepare(filed: pl.DataFrame, county: County) -> pl.DataFrame:
    """Return filed objects in canonical order, numbered `record`, with what they are compared by.

    `code` becomes canonical, `town` the county's, `opened_on` a date; `phone` digits and asterisks. Added are
    record_key, code_kind, link_code (what links by itself: the credit code, the one an organisation
    code is part of, a registration number), name_key, name_sound, unit, form, person, person_sound,
    is_masked, phone_ends, place, place_sound, number, part, state, is_closed and is_registrar.
    """
    records = _with_codes(record_keys(filed, county).with_row_index("record").cast({"record": pl.Int64}))
    # Of several numbers in one cell the first counts.
    first = pl.col("phone").str.normalize("NFKC").str.split_exact("、", 1).struct.field("field_0")
    phone = first.str.replace(r"[,;/].*", "").str.replace_all(r"[^0-9*]", "").str.replace(r"^86(1\d{10})$", "$1")
    names = read_names(records.get_column("name"), county)
    names = names.with_columns(name_sound=_heard_name(names.get_column("name_key"), county))
    records = (
        records.join(names, on="name", how="left", maintain_order="left")
        .with_columns(
            state=state(pl.col("status")),
            town=pl.coalesce(town(pl.col("town"), pl.col("address"), county=county), "name_town"),
            person=_person(pl.col("legal_rep")),
            phone=phone.str.extract("^(.{7,})$"),
            opened_on=pl.col("opened_on").str.to_date("%Y-%m-%d"),
            is_registrar=_is_registrar(county),
        )
        .with_columns(door(records.get_column("address"), county))
    )
    return records.with_columns(
        person_sound=sound(records.get_column("person")),
        place_sound=sound(records.get_column("place")),
        is_masked=pl.col("person").str.contains("*", literal=True).fill_null(False),
        phone_ends=pl.when(pl.col("phone").str.len_chars() >= 10).then(
            pl.col("phone").str.slice(0, 3) + pl.col("phone").str.slice(-4)
        ),
        is_closed=pl.col("state") != LIVING,
    )


def link(records: pl.DataFrame, rulings: pl.DataFrame, published: pl.DataFrame) -> Linkage:
    """Return prepared records with the cluster each belongs to, and everything that was compared.

    `rulings` has left_key, right_key and is_same: what people judged. `published` has record_key and
    object_id: the ids that were published in earlier years; a merge that would join two of them waits
    for a person, unless a trusted code does it.
    """
    columns = columns_of(records)
    pairs = compared_pairs(records, columns)
    levels = compare(records, columns, pairs["left"].to_numpy(), pairs["right"].to_numpy())
    ruled = numbered_rulings(records, rulings)
    code = np.where((records["code_kind"] == "uscc").to_numpy(), columns["link_code"].number, -1)
    # The codes teach twice: the second time without those that the first lesson made doubtful.
    points = taught(levels, pairs, code, usual=usual_points(), start=usual_points())
    doubt = doubts(records, columns, pairs, levels, points)
    believed = np.where(doubt.is_null().to_numpy(), code, -1)
    points = taught(levels, pairs, believed, usual=usual_points(), start=points)
    scored = pairs.with_columns(points=pl.Series(added(levels, points)))
    return Linkage(_clustered(records.with_columns(doubt=doubt), scored, ruled, published), scored, levels, points)


def numbered_rulings(records: pl.DataFrame, rulings: pl.DataFrame) -> pl.DataFrame:
    """Return the rulings on records that were filed: left < right record numbers, is_same."""
    number = records.select("record_key", "record")
    both = rulings.join(number, left_on="left_key", right_on="record_key").join(
        number, left_on="right_key", right_on="record_key", suffix="_right"
    )
    sides = (pl.min_horizontal("record", "record_right"), pl.max_horizontal("record", "record_right"))
    return both.select(left=sides[0], right=sides[1], is_same="is_same").sort("left", "right")


def taught(levels: Levels, pairs: pl.DataFrame, code: NDArray[np.int32], *, usual: Points, start: Points) -> Points:
    """Return the points that pairs with two trusted codes teach: `code` has each record's number, -1 for none.

    Only pairs found without the code are lessons, since all the others are found so.
    """
    left, right = code[pairs["left"].to_numpy()], code[pairs["right"].to_numpy()]
    lessons = pairs["is_candidate"].to_numpy() & (np.minimum(left, right) >= 0)
    return learnt_points(levels, lessons, left == right, usual=usual, start=start)


def _clustered(
    records: pl.DataFrame, pairs: pl.DataFrame, ruled: pl.DataFrame, published: pl.DataFrame
) -> pl.DataFrame:
    """Join what codes and people join, then what the evidence joins; never two trusted codes."""
    same, different = ruled.filter("is_same"), ruled.filter(~pl.col("is_same"))
    people = connected(records.height, same)
    doubted = records.with_columns(doubt=_parted(records, people, different))
    start = _started(doubted, pairs, same)
    # What codes would join over several people against a judgement, the judgement parts again.
    torn = _within(start, different)
    if torn.height:
        doubted = doubted.with_columns(doubt=_dissolved(doubted, start, people, torn))
        start = _started(doubted, pairs, same)
    settled = _settled(doubted.with_columns(start=pl.Series(start)))
    marks = [texts(settled.get_column("trusted")).number, texts(_published_as(settled, published)).number]
    evidence = pairs.filter("is_candidate")
    cluster = joined(start, evidence, apart=marks, forbidden=different, least=MERGE)
    ended = settled.with_columns(cluster=pl.Series(cluster), is_judged=pl.col("record").is_in(_sides(same).implode()))
    return ended.with_columns(matched_by=_matched_by()).drop("start", "is_judged")


def _started(records: pl.DataFrame, pairs: pl.DataFrame, same: pl.DataFrame) -> NDArray[np.int64]:
    """Return for each record the lowest one that codes and people join it with."""
    linking = records.select(pl.col("link_code").is_not_null() & pl.col("doubt").is_null()).to_series()
    by_code = pairs.filter("is_mate", linking.gather(pairs["left"]) & linking.gather(pairs["right"]))
    return connected(records.height, pl.concat([by_code.select("left", "right"), same.select("left", "right")]))


def _within(start: NDArray[np.int64], pairs: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs whose two records are joined."""
    return pairs.filter(pl.Series(start[pairs["left"].to_numpy()] == start[pairs["right"].to_numpy()]))


def _parted(records: pl.DataFrame, people: NDArray[np.int64], different: pl.DataFrame) -> pl.Series:
    """Return the doubts, with more where people told bearers of one code apart: one side loses the code.

    `people` gives what people joined; all that is joined with the loser loses it too. Where one side's
    code is doubted already, that is answer enough.
    """
    known = records.select("link_code", "is_registrar", "doubt", person=pl.Series(people)).with_row_index("record")
    bearers = known.filter(pl.col("doubt").is_null()).drop_nulls("link_code")
    sides = different.select(left=pl.Series(people[different["left"]]), right=pl.Series(people[different["right"]]))
    both = (
        sides.join(bearers, left_on="left", right_on="person")
        .join(bearers, left_on=["right", "link_code"], right_on=["person", "link_code"], suffix="_right")
        .select("left", "right", "link_code", keeps=pl.col("is_registrar_right") & ~pl.col("is_registrar"))
    )
    losers = both.group_by("left", "right", "link_code").agg(pl.col("keeps").any())
    lost = losers.select("link_code", person=pl.when("keeps").then("left").otherwise("right")).unique()
    told = bearers.join(lost, on=["link_code", "person"], how="semi").get_column("record")
    return _with_judged(records, told)


def _dissolved(
    records: pl.DataFrame, start: NDArray[np.int64], people: NDArray[np.int64], torn: pl.DataFrame
) -> pl.Series:
    """Return the doubts, with more in starts that hold what people told apart: one of them keeps each code."""
    broken = pl.Series(start[torn["left"].to_numpy()]).unique()
    bearers = records.select(
        "record", "link_code", "is_registrar", "doubt", start=pl.Series(start), person=pl.Series(people)
    ).filter(pl.col("start").is_in(broken.implode()), pl.col("doubt").is_null())
    coded = bearers.drop_nulls("link_code").sort("link_code", ~pl.col("is_registrar"), "record")
    lost = coded.filter(pl.col("person") != pl.col("person").first().over("link_code"))
    return _with_judged(records, lost.get_column("record"))


def _with_judged(records: pl.DataFrame, doubted: pl.Series) -> pl.Series:
    is_doubted = pl.col("record").is_in(doubted.cast(pl.Int64).implode())
    return records.select(doubt=pl.when(is_doubted).then(pl.lit(JUDGED)).otherwise("doubt")).to_series()


def _settled(records: pl.DataFrame) -> pl.DataFrame:
    """Return the records with `trusted`, at most one code in what codes and people joined.

    Where people joined two codes, the registering authority's goes on, of two the one of a living
    record, and the other was replaced by it.
    """
    credit = records.filter(pl.col("code_kind") == "uscc", pl.col("doubt").is_null())
    is_another = pl.col("code") != pl.col("code").first().over("start")
    torn = credit.filter(is_another).select("start").unique()
    contested = credit.join(torn, on="start", how="semi").sort("start", ~pl.col("is_registrar"), "is_closed", "code")
    lost = contested.filter(is_another).get_column("record")
    return (
        records.with_columns(doubt=_with_judged(records, lost))
        .with_columns(is_code_trusted=(pl.col("code_kind") == "uscc") & pl.col("doubt").is_null())
        .with_columns(trusted=pl.when("is_code_trusted").then("code"))
    )


def _published_as(records: pl.DataFrame, published: pl.DataFrame) -> pl.Series:
    """Return the published id of what codes and people joined, null where it has none.

    Of several that they joined it is the code, if that was one, else the lowest.
    """
    code = records.drop_nulls("trusted").select("start", code="trusted").unique("start")
    held = published.join(records.select("record_key", "start"), on="record_key").join(code, on="start", how="left")
    is_code = (pl.col("object_id") == pl.col("code")).any()
    lowest = pl.col("object_id").min()
    known = held.group_by("start").agg(published=pl.when(is_code).then(pl.col("code").first()).otherwise(lowest))
    return records.select("start").join(known, on="start", how="left", maintain_order="left").get_column("published")


def _sides(pairs: pl.DataFrame) -> pl.Series:
    return pl.concat([pairs.get_column("left"), pairs.get_column("right")]).unique().sort()


def _matched_by() -> pl.Expr:
    """Say why a record is in its cluster: the surest thing that ties it to another record there."""
    shares_code = (
        pl.col("link_code").is_not_null() & pl.col("doubt").is_null() & (pl.len().over("cluster", "link_code") > 1)
    )
    return (
        pl.when(pl.len().over("cluster") == 1)
        .then(pl.lit("alone"))
        .when("is_judged")
        .then(pl.lit("judgement"))
        .when(shares_code)
        .then(pl.lit("code"))
        .otherwise(pl.lit("score"))
    )


def _with_codes(records: pl.DataFrame) -> pl.DataFrame:
    coded = with_code_kinds(records)
    holders = coded.filter(pl.col("code_kind") == "uscc").select(
        holder="code", code=pl.col("code").str.slice(8, 9), code_kind=pl.lit("organisation")
    ).unique()  # fmt: skip
    single = holders.filter(pl.len().over("code") == 1)
    found = coded.join(single, on=["code_kind", "code"], how="left", maintain_order="left")
    linking = pl.when(pl.col("code_kind").is_in(_LINKING_KINDS)).then("code")
    return found.with_columns(
        link_code=pl.coalesce("holder", linking),
        long_code=pl.when(
            pl.col("code_kind").is_in(["uscc", "broken"]), pl.col("code").str.len_chars().is_between(16, 20)
        ).then("code"),
    ).drop("holder")


def _is_registrar(county: County) -> pl.Expr:
    """Tell whether a record is its registering authority's; without a code, of any department that registers."""
    registers = [department.name for department in county.departments if department.registers]
    by_code = is_registrar(county, pl.col("code"))
    return pl.when(pl.col("code_kind") == "uscc").then(by_code).otherwise(pl.col("department").is_in(registers))


def _person(filed: pl.Expr) -> pl.Expr:
    """Return a representative's name as a plain text; null where it has no character to compare."""
    name = plain(filed).str.replace(r"\(.*", "")
    return pl.when(name.str.contains(r"\p{Han}.")).then(name)


def _heard_name(name_key: pl.Series, county: County) -> pl.Expr:
    """Return names as they sound, without a place that only sounds like the county's: 达英 is 大英."""
    places = sound(pl.Series([county.name, *county.regions, *county.towns]))
    starts = "|".join(sorted({place for text in places for place in (text, text[:-1])}, key=lambda p: (-len(p), p)))
    return without_start(pl.lit(sound(name_key)), f"(?:{starts})+")
