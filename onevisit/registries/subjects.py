"""Who answers for a product, a project or a conduct: the responsible subject (责任主体; policy III.3.1).

Departments name it by name, code or both, in columns of its own: 建设单位 of a project, 生产单位 of a
product, 当事人 of a conduct.
"""

import polars as pl

from onevisit.codes import classify
from onevisit.county import County
from onevisit.registries.cells import stated
from onevisit.registries.finding import find_objects, findable
from onevisit.registries.object_kinds import THINGS

_OF_SUBJECTS = ("uscc", "organisation", "registration")
_PLACE = ["department", "file", "sheet", "row"]


def with_own_codes(filed: pl.DataFrame) -> pl.DataFrame:
    """Return filed objects with a subject's code moved from a thing's `code` to `responsible_code`.

    Credit codes, organisation codes and registration numbers are subjects'. On the line of a product, a
    project or a conduct such a code is the one of who answers for it, and must not make the two one object.
    """
    is_thing = pl.col("entity_type").str.strip_chars().is_in(THINGS)
    codes = filed.filter(is_thing).get_column("code").drop_nulls().unique().sort()
    subjects = [code for code in codes if classify(code)[0] in _OF_SUBJECTS]
    is_moved = (is_thing & pl.col("code").is_in(subjects)).fill_null(value=False)
    return filed.with_columns(
        code=pl.when(~is_moved).then("code"),
        responsible_code=pl.when(is_moved).then(pl.coalesce("responsible_code", "code")).otherwise("responsible_code"),
    )


def named_subjects(
    filed: pl.DataFrame, records: pl.DataFrame, kinds: pl.DataFrame, sources: pl.DataFrame, county: County
) -> pl.DataFrame:
    """Return record, subject_id and filed for the records that name a responsible subject.

    `records` are those of `object_records`, `kinds` has object_id and object_kind. `subject_id` is null
    where the register has no such subject or more than one; a thing answers for nothing, nor does an
    object for itself.
    """
    said = filed.select(*_PLACE, stated(pl.col("responsible_name", "responsible_code"))).filter(
        pl.any_horizontal(pl.col("responsible_name", "responsible_code").is_not_null())
    )
    named = records.select("record", "object_id", *_PLACE).join(said, on=_PLACE).sort("record")
    subjects = kinds.filter(~pl.col("object_kind").is_in(THINGS)).select("object_id")
    asked = named.select(name="responsible_name", code="responsible_code")
    found = _found(asked, sources.join(subjects, on="object_id", how="semi"), county)
    return named.select(
        "record",
        subject_id=pl.when(found != pl.col("object_id")).then(found),
        filed=pl.coalesce("responsible_name", "responsible_code"),
    )


def _found(asked: pl.DataFrame, sources: pl.DataFrame, county: County) -> pl.Series:
    # Most lists name nobody, and the whole register is read to find one.
    if asked.is_empty():
        return pl.Series([], dtype=pl.String)
    return find_objects(asked, findable(sources, county))
