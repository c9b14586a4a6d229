"""Which filed records are the same object: records in, one object id per record out.

The only place that decides it, so that a finer linkage can take this module's place: `prepare`
brings filed rows to comparable form, `link` answers with `object_id` and `matched_by`. The rules
are few and can be told to a department: the same trusted code is the same object; a record without
one joins the object of the same name and person, else of the same name and town, if there is just
one; two trusted codes never merge.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence

import polars as pl

from onevisit.codes import classify
from onevisit.county import County
from onevisit.registries.clusters import Links, clustered, same, unclaimed
from onevisit.registries.names import is_branch, name_key, name_start, plain, town

ORIGIN = ("department", "source_id", "file", "sheet", "row")
"""Canonical order of records: what they are called by, whatever order the files were read in."""
MINTED_DIGITS = (10, 13, 16, 19)
"""Digits of a minted id: more only where two objects would get the same."""
ALIKE = 0.5
"""Share of characters two names must have in common to count as spellings of one name."""
_LINKING_KINDS = ("organisation", "registration")


def prepare(filed: pl.DataFrame, county: County) -> pl.DataFrame:
    """Return filed objects in canonical order, with what records are compared by.

    `code` becomes canonical and `town` the county's; added are code_kind, name_key, is_branch,
    is_registrar, and `person` and `place`: the representative and the address as plain texts, null
    where they cannot tell records apart.
    """
    kinds = {code: classify(code) for code in filed.get_column("code").unique()}
    registrars = [department.name for department in county.departments if department.registers]
    return filed.with_columns(
        code_kind=_looked_up("code", {code: kind for code, (kind, _) in kinds.items()}),
        code=_looked_up("code", {code: canonical for code, (_, canonical) in kinds.items()}),
        name_key=name_key(pl.col("name"), county),
        town=town(pl.col("town"), pl.col("address"), name_start(pl.col("name"), county), county=county),
        is_branch=is_branch(pl.col("name")),
        is_registrar=pl.col("department").is_in(registrars),
        person=_telling(plain(pl.col("legal_rep"))),
        place=_telling(plain(pl.col("address"))),
    ).sort(ORIGIN, nulls_last=True)


def link(prepared: pl.DataFrame, county: County) -> pl.DataFrame:
    """Return the prepared records with `object_id` and `matched_by`."""
    records = prepared.with_row_index("record").with_columns(pl.col("record").cast(pl.Int64))
    records = records.with_columns(trusted=_trusted(records))
    by_code = [
        *same(records, "trusted"),
        *_by_organisation(records),
        *same(records.filter(pl.col("code_kind").is_in(_LINKING_KINDS)), "code_kind", "code"),
    ]
    firm = clustered(records, by_code)
    by_person = [*by_code, *unclaimed(firm, "name_key", "person")]
    by_town = [*by_person, *unclaimed(clustered(records, by_person), "name_key", "town")]
    linked = clustered(records, by_town).with_columns(has_code=firm.get_column("identity").is_not_null())
    return (
        linked.with_columns(object_id=pl.coalesce("identity", _minted(linked, county.id_prefix)))
        .with_columns(matched_by=_matched_by())
        .drop("record", "trusted", "cluster", "identity", "has_code")
    )


def mint(origins: Sequence[str], prefix: str, digits: Sequence[int] = MINTED_DIGITS) -> dict[str, str]:
    """Return an id for each origin text: the prefix and decimal digits of its SHA-256.

    Origins that would share an id all get more digits, so that no id depends on the order.
    """
    numbers = {origin: int(hashlib.sha256(origin.encode()).hexdigest(), 16) for origin in origins}
    ids: dict[str, str] = {}
    for width in digits:
        tried = {o: f"{prefix}-{number % 10**width:0{width}}" for o, number in numbers.items() if o not in ids}
        taken = Counter(tried.values())
        ids |= {origin: text for origin, text in tried.items() if taken[text] == 1}
    return ids


def _looked_up(column: str, table: Mapping[str | None, str]) -> pl.Expr:
    return pl.col(column).replace_strict(list(table), list(table.values()), return_dtype=pl.String)


def _telling(text: pl.Expr) -> pl.Expr:
    """Return a text that can tell two records apart: masked and one-character ones cannot."""
    return pl.when(~text.str.contains(r"\*"), text.str.len_chars() >= 2).then(text)


def _trusted(records: pl.DataFrame) -> pl.Series:
    """Return each record's credit code where it may be believed.

    Not believed is a branch's code that a record without branch marker also has (it is the
    parent's), and a code whose other bearers share nothing with the record: neither name, person,
    phone nor address. Of those that share nothing, the registering authority's keeps the code.
    """
    coded = records.filter(pl.col("code_kind") == "uscc")
    own = coded.filter(~(pl.col("is_branch") & ~pl.col("is_branch").all().over("code")))
    keepers = own.sort(pl.col("is_registrar").not_(), "record").unique("code", keep="first", maintain_order=True)
    believed = pl.concat([_agreeing(own), keepers.get_column("record")]).unique().sort()
    return records.select(pl.when(pl.col("record").is_in(believed.implode())).then("code")).to_series()


def _agreeing(coded: pl.DataFrame) -> pl.Series:
    """Return the records that share something telling with another bearer of their code."""
    fields = ("name_key", "person", "phone_key", "place")
    sides = coded.select("record", "code", *fields)
    pairs = sides.join(sides, on="code", suffix="_other").filter(pl.col("record") != pl.col("record_other"))
    is_same = pl.any_horizontal(pl.col(field) == pl.col(f"{field}_other") for field in fields)
    return pairs.filter(is_same.fill_null(False) | _is_alike("name_key", "name_key_other")).get_column("record")


def _is_alike(left: str, right: str) -> pl.Expr:
    letters, others = pl.col(left).str.split(""), pl.col(right).str.split("")
    common = letters.list.set_intersection(others).list.len()
    return (common >= ALIKE * pl.max_horizontal(letters.list.n_unique(), others.list.n_unique())).fill_null(False)


def _by_organisation(records: pl.DataFrame) -> Links:
    """Link an organisation code to the one trusted credit code that holds it (characters 9 to 17)."""
    holders = records.filter(pl.col("trusted").is_not_null()).select(
        "trusted", organisation=pl.col("trusted").str.slice(8, 9), holder="record"
    )
    single = holders.filter(pl.col("trusted").n_unique().over("organisation") == 1).unique(
        "organisation", keep="first", maintain_order=True
    )
    filed = records.filter(pl.col("code_kind") == "organisation").select("record", organisation="code")
    return list(filed.join(single, on="organisation").select("holder", "record").sort("record").iter_rows())


def _matched_by() -> pl.Expr:
    """Say why a record is in its object: the surest thing it shares with another record there."""

    def shares(*keys: str) -> pl.Expr:
        known = pl.all_horizontal(pl.col(key).is_not_null() for key in keys)
        return known & (pl.len().over("object_id", *keys) > 1)

    has_number = pl.col("code_kind").is_in(_LINKING_KINDS) & shares("code_kind", "code")
    return (
        pl.when(pl.len().over("object_id") == 1)
        .then(pl.lit("alone"))
        .when(pl.col("has_code") | has_number)
        .then(pl.lit("code"))
        .when(shares("name_key", "person"))
        .then(pl.lit("name_person"))
        .otherwise(pl.lit("name_town"))
    )


def _minted(linked: pl.DataFrame, prefix: str) -> pl.Series:
    """Return an id for each cluster without identity, from the first of its records in canonical order.

    The department's record number is enough where no other record has it; else the place in the file counts.
    """
    is_numbered = pl.col("source_id").is_not_null() & (pl.len().over("department", "source_id") == 1)
    number = pl.concat_str("department", "source_id", separator="|")
    place = pl.concat_str(ORIGIN, separator="|", ignore_nulls=True)
    named = linked.with_columns(origin=pl.when(is_numbered).then(number).otherwise(place))
    free = named.filter(pl.col("identity").is_null()).unique("cluster", keep="first", maintain_order=True)
    origin = free.get_column("origin")
    ids = mint(origin.to_list(), prefix)
    return linked.get_column("cluster").replace_strict(
        free.get_column("cluster"), origin.replace_strict(ids, return_dtype=pl.String), default=None
    )
