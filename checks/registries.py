"""Promises about the registers: no row is lost, no code vanishes, every object and person can be drawn."""

import polars as pl

from checks.rules import rule
from onevisit.codes import is_uscc
from onevisit.filings.tables import Accounting
from onevisit.registries.object_kinds import THINGS
from onevisit.registries.tables import (
    OBJECT_FIELDS,
    Changes,
    Inspectors,
    InspectorSources,
    Interests,
    ItemDrift,
    Items,
    ObjectFields,
    Objects,
    ObjectSources,
    Signals,
    Successors,
)

_SHEET = ["department", "file", "sheet"]
_FILE = ["department", "file"]


def _unaccounted(accounting: pl.DataFrame, rows: pl.DataFrame, kinds: list[str]) -> pl.DataFrame:
    """Return the files and sheets where rows kept at intake and rows that are here differ in number."""
    by = rows.columns
    kept = accounting.filter(pl.col("kind").is_in(kinds)).group_by(by).agg(kept=pl.col("kept_count").sum())
    here = rows.group_by(by).agg(here=pl.len().cast(pl.Int64))
    both = kept.join(here, on=by, how="full", coalesce=True).with_columns(pl.col("kept", "here").fill_null(0))
    return both.filter(pl.col("kept") != pl.col("here")).sort(by)


def _lost_or_doubled(accounting: pl.DataFrame, sources: pl.DataFrame, kind: str) -> pl.DataFrame:
    doubled = sources.filter(pl.struct(*_SHEET, "row").is_duplicated()).group_by(_SHEET).agg(doubled=pl.len())
    return pl.concat([_unaccounted(accounting, sources.select(_SHEET), [kind]), doubled], how="diagonal")


@rule(on=ObjectSources, reads=[Accounting, ObjectSources])
def every_kept_object_row_belongs_to_one_object(accounting: pl.DataFrame, sources: pl.DataFrame) -> pl.DataFrame:
    """Per file and sheet: object rows kept at intake = rows in the crosswalk, each exactly once."""
    return _lost_or_doubled(accounting, sources, "objects")


@rule(on=InspectorSources, reads=[Accounting, InspectorSources])
def every_kept_inspector_row_belongs_to_one_person(accounting: pl.DataFrame, sources: pl.DataFrame) -> pl.DataFrame:
    """Per file and sheet: inspector rows kept at intake = rows in the crosswalk, each exactly once."""
    return _lost_or_doubled(accounting, sources, "inspectors")


@rule(on=ObjectSources, reads=[ObjectSources])
def no_two_trusted_codes_are_one_object(sources: pl.DataFrame) -> pl.DataFrame:
    """Every trusted credit code is one object, and no object has two: merging never swallows one."""
    trusted = sources.filter("is_code_trusted")
    is_torn = pl.col("object_id").n_unique().over("code") > 1
    is_doubled = pl.col("code").n_unique().over("object_id") > 1
    return trusted.filter(is_torn | is_doubled).select("object_id", "code", *_SHEET, "row")


@rule(on=Objects, reads=[Objects, ObjectSources])
def every_object_is_made_of_its_records(objects: pl.DataFrame, sources: pl.DataFrame) -> pl.DataFrame:
    """The register and the crosswalk name the same objects, with as many records."""
    counted = sources.group_by("object_id").agg(records=pl.len().cast(pl.Int64))
    both = objects.select("object_id", "record_count").join(counted, on="object_id", how="full", coalesce=True)
    return both.filter(pl.col("record_count").ne_missing(pl.col("records"))).sort("object_id")


@rule(on=Objects, reads=[Objects])
def every_object_id_can_be_drawn(objects: pl.DataFrame) -> pl.DataFrame:
    """An id is the object's own valid credit code; without one, a minted id or the code it had before."""
    is_own = pl.col("object_id") == pl.col("uscc")
    is_minted = pl.col("object_id").str.contains(r"^[A-Z]{2}-[0-9A-Z-]{1,19}$")
    is_code = pl.col("object_id").map_elements(is_uscc, return_dtype=pl.Boolean)
    can = pl.when(pl.col("uscc").is_null()).then(is_minted | is_code).otherwise(is_own & is_code)
    return objects.filter(~can).select("object_id", "uscc")


@rule(on=ObjectFields, reads=[ObjectFields])
def one_value_of_a_field_is_taken(fields: pl.DataFrame) -> pl.DataFrame:
    """Of the values filed for a field of an object at most one row is the one the register took."""
    taken = fields.filter("is_chosen").select("object_id", "field", *_SHEET, "row")
    return taken.filter(pl.struct("object_id", "field").is_duplicated())


@rule(on=Objects, reads=[Objects, ObjectFields])
def the_register_says_what_was_taken(objects: pl.DataFrame, fields: pl.DataFrame) -> pl.DataFrame:
    """Every value of the register is the one taken of those filed, and every value taken is in the register."""
    shown = objects.select("object_id", pl.col(OBJECT_FIELDS).cast(pl.String))
    said = shown.unpivot(index="object_id", variable_name="field").drop_nulls("value")
    taken = fields.filter("is_chosen").select("object_id", "field", "value")
    on = ["object_id", "field", "value"]
    wrong = pl.concat([said.join(taken, on=on, how="anti"), taken.join(said, on=on, how="anti")])
    return wrong.select("object_id", "field").unique().sort("object_id", "field")


@rule(on=Successors, reads=[Successors, Objects])
def who_is_followed_is_known_and_not_drawn(successors: pl.DataFrame, objects: pl.DataFrame) -> pl.DataFrame:
    """Both sides of a succession are on the register, and the one that is followed is not drawn."""
    followed = objects.filter(~pl.col("is_living")).select(successor_of="object_id")
    sound = successors.join(objects, on="object_id", how="semi").join(followed, on="successor_of", how="semi")
    return successors.join(sound, on=["object_id", "successor_of"], how="anti").select("object_id", "successor_of")


@rule(on=Successors, reads=[Successors])
def nobody_follows_twice_or_in_a_circle(successors: pl.DataFrame) -> pl.DataFrame:
    """An object follows one other at most and is followed by one at most; nobody follows itself, however far back."""
    links = successors.select("object_id", "successor_of")
    doubled = links.filter(pl.col("object_id").is_duplicated() | pl.col("successor_of").is_duplicated())
    rest, before = links, -1
    while rest.height != before:
        # Who follows somebody that follows nobody is no part of a circle.
        before = rest.height
        rest = rest.join(rest, left_on="successor_of", right_on="object_id", how="semi")
    return pl.concat([doubled, rest]).unique().sort("object_id", "successor_of")


@rule(on=Objects, reads=[Objects])
def whoever_answers_is_a_subject_of_the_register(objects: pl.DataFrame) -> pl.DataFrame:
    """A responsible subject is on the register, is no product, project or conduct, and not the object itself."""
    subjects = objects.filter(~pl.col("object_kind").is_in(THINGS)).select(subject_id="object_id")
    named = objects.filter(pl.col("subject_id").is_not_null()).select("object_id", "subject_id")
    lost = named.join(subjects, on="subject_id", how="anti")
    return pl.concat([lost, named.filter(pl.col("object_id") == pl.col("subject_id"))]).unique().sort("object_id")


@rule(on=Objects, reads=[Objects, ObjectFields], is_blocking=False)
def somebody_answers_for_every_thing(objects: pl.DataFrame, fields: pl.DataFrame) -> pl.DataFrame:
    """Every product, project and conduct has a responsible subject (责任主体); others wait for a clerk."""
    things = objects.filter(pl.col("object_kind").is_in(THINGS), pl.col("subject_id").is_null())
    named = fields.filter(pl.col("field") == "subject_id").select("object_id", *_SHEET, "row", "why")
    listed_by = pl.col("departments").list.join("、")
    told = things.select("object_id", "object_kind", "name", listed_by).join(named, on="object_id", how="left")
    reason = pl.col("why").fill_null("没有填报责任主体（建设单位、生产单位或当事人）")
    return told.with_columns(reason=reason).drop("why").sort("object_id", *_SHEET, "row", nulls_last=True)


@rule(on=Changes, reads=[Changes, Objects], last_year=[Objects])
def changes_lead_from_last_year_to_this(
    changes: pl.DataFrame, objects: pl.DataFrame, before: pl.DataFrame
) -> pl.DataFrame:
    """Last year's objects, less those gone or merged, and those new or split off are this year's objects."""
    if before.is_empty():
        return changes.select("object_id", "change")
    left = pl.concat(
        [
            changes.filter(pl.col("change") == "gone").select("object_id"),
            changes.filter(pl.col("change").is_in(["merged", "recoded"])).select(object_id="before"),
        ]
    )
    came = changes.filter(pl.col("change").is_in(["new", "split", "recoded"])).select("object_id")
    led = pl.concat([before.select("object_id").join(left, on="object_id", how="anti"), came])
    both = led.with_columns(led=True).join(
        objects.select("object_id", here=True), on="object_id", how="full", coalesce=True
    )
    wrong = pl.any_horizontal(pl.col("led", "here").is_null(), pl.col("object_id").is_duplicated())
    return both.filter(wrong).select("object_id").unique().sort("object_id")


@rule(on=Inspectors, reads=[Inspectors, InspectorSources])
def every_person_is_made_of_their_rows(inspectors: pl.DataFrame, sources: pl.DataFrame) -> pl.DataFrame:
    """The register and the crosswalk name the same people, and a person checks no item that no row grants."""
    granted = sources.group_by("person_id").agg(granted=pl.col("item_codes").explode().drop_nulls().unique().sort())
    both = inspectors.select("person_id", "item_codes").join(granted, on="person_id", how="full", coalesce=True)
    return both.filter(pl.col("item_codes").ne_missing(pl.col("granted"))).sort("person_id").select("person_id")


@rule(on=Inspectors, reads=[Inspectors])
def no_id_number_is_two_people(inspectors: pl.DataFrame) -> pl.DataFrame:
    """One ID number is one person: nobody can be drawn twice or evade a recusal under two numbers."""
    keyed = inspectors.filter(pl.col("person_key").is_not_null())
    return keyed.filter(pl.col("person_key").is_duplicated()).select("person_id")


@rule(on=Inspectors, reads=[Inspectors, Items], is_blocking=False)
def inspectors_check_items_of_the_list(inspectors: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """Every item in an inspector's scope is on the list of record."""
    scopes = inspectors.select("person_id", item_code=pl.col("item_codes")).explode("item_code").drop_nulls()
    return scopes.join(items, on="item_code", how="anti")


@rule(on=Signals, reads=[Accounting, Signals])
def every_kept_signal_is_on_the_register(accounting: pl.DataFrame, signals: pl.DataFrame) -> pl.DataFrame:
    """Per file: rows of credit classes, abnormal listings and complaints kept at intake = signals."""
    return _unaccounted(accounting, signals.select(_FILE), ["credit", "abnormal", "complaints"])


@rule(on=Signals, reads=[Signals])
def an_object_has_one_credit_class(signals: pl.DataFrame) -> pl.DataFrame:
    """At most one credit class counts per object, and only signals of known objects count."""
    counted = signals.filter("is_counted")
    classes = counted.filter(pl.col("kind") == "credit")
    doubled = classes.filter(pl.col("object_id").is_duplicated())
    return pl.concat([doubled, counted.filter(pl.col("object_id").is_null())]).select(
        "object_id", "kind", *_FILE, "row"
    )


@rule(on=Signals, reads=[Signals], is_blocking=False)
def signals_name_known_objects(signals: pl.DataFrame) -> pl.DataFrame:
    """Every signal is about an object of the register; others wait for a clerk."""
    return signals.filter(pl.col("object_id").is_null()).select("kind", *_FILE, "row")


@rule(on=Interests, reads=[Interests], is_blocking=False)
def interests_name_known_people_and_objects(interests: pl.DataFrame) -> pl.DataFrame:
    """Every declared interest names one person and one object of the registers; others wait for a clerk."""
    is_nobody = pl.col("person_id").is_null() & pl.col("expert_id").is_null()
    return interests.filter(is_nobody | pl.col("object_id").is_null()).select("relation", *_FILE, "row")


@rule(on=Interests, reads=[Accounting, Interests])
def every_declared_interest_is_kept(accounting: pl.DataFrame, interests: pl.DataFrame) -> pl.DataFrame:
    """Per file: declarations kept at intake = declared interests."""
    declared = interests.filter(pl.col("file").is_not_null())
    return _unaccounted(accounting, declared.select(_FILE), ["interests"])


@rule(on=ItemDrift, reads=[ItemDrift], is_blocking=False)
def filed_lists_agree_with_the_record(drift: pl.DataFrame) -> pl.DataFrame:
    """Every department's list of items is as the list of record has it."""
    return drift
