"""Which filed rows are the same inspector: rows in, one cluster per person out.

A person listed twice could be drawn twice, and could evade a recusal; two people taken for one would
lend each other their powers. So rows are joined by the surest evidence first, and evidence that would
make one person of rows that contradict each other joins none of them.
"""

from dataclasses import dataclass

import polars as pl

from onevisit.registries.cells import stated
from onevisit.registries.clusters import connected
from onevisit.registries.names import plain
from onevisit.registries.sounds import sound

NAMESAKES_IN_DEPARTMENT = 0.1
"""A name tells a person of a department where no more namesakes than this are to be expected there."""
NAMESAKES_ON_DAY = 0.01
"""A name and the last day of a certificate tell a person where no more namesakes than this are to be expected."""
UNSEEN = 100
"""A character nobody else has is taken to stand in one name of so many."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What makes one person of rows, and what must then not differ between them."""

    matched_by: str
    same: tuple[str, ...]
    """Columns that have the same value in the rows; null joins nothing."""
    agreeing: tuple[str, ...]
    """Columns in which the people joined must have a value in common, as far as they have any."""


_SEEN_ID = ("person_key", "area", "tail")
EVIDENCE = (
    Evidence("id", ("person_key",), ()),
    Evidence("certificate", ("plain_name", "certificate"), ("person_key",)),
    Evidence("id", ("plain_name", "area", "tail"), ("person_key",)),
    Evidence("phone", ("plain_name", "phone_key"), ("person_key",)),
    # The commonest slip in a name is another character of the same sound.
    Evidence("certificate", ("spoken_name", "certificate"), _SEEN_ID),
    Evidence("id", ("spoken_name", "area", "tail"), ("person_key",)),
    Evidence("phone", ("spoken_name", "phone_key"), _SEEN_ID),
    Evidence(
        "name_department",
        ("name_in_department", "department"),
        (*_SEEN_ID, "phone_key", "certificate", "valid_to", "sex"),
    ),
    # A certificate that was lost and issued again has another number but the same last day.
    Evidence("name_validity", ("name_on_day", "valid_to"), (*_SEEN_ID, "phone_key", "sex")),
)
"""The surest first."""


def people(filed: pl.DataFrame) -> pl.DataFrame:
    """Return filed inspectors, in the order given, with `cluster` and `matched_by`.

    A cluster is called by its first row, counted from 0; `matched_by` says why a row is in it: the
    surest evidence that it shares with another row there, `alone` when it is the only one.
    """
    records = _comparable(filed)
    for evidence in EVIDENCE:
        records = _joined(records, evidence)
    return filed.with_columns(records.select("cluster", matched_by=_matched_by()).get_columns())


def _comparable(filed: pl.DataFrame) -> pl.DataFrame:
    """Return what rows are compared by, each row a cluster of its own."""
    name = filed.select(plain(pl.col("name")).str.replace_all("[·.]", "")).to_series()
    records = filed.select(
        "person_key",
        "phone_key",
        "department",
        plain_name=name,
        spoken_name=sound(name),
        certificate=_certificate(pl.col("certificate_no")),
        valid_to="certificate_valid_to",
        sex=plain(pl.col("sex")),
        area=pl.col("id_masked").str.extract(r"^(\d{6})"),
        tail=pl.col("id_masked").str.extract(r"(\d{3}[0-9X])$"),
        cluster=pl.int_range(pl.len()),
    )
    shares = records.join(_name_shares(name), on="plain_name", how="left", maintain_order="left")
    is_rare_in_department = pl.col("share") * pl.len().over("department") <= NAMESAKES_IN_DEPARTMENT
    others_on_day = pl.len().over("valid_to") - pl.len().over("valid_to", "plain_name")
    share_of_day = (others_on_day + 1) / (pl.len() + UNSEEN)
    is_rare_on_day = pl.col("share") * pl.len() * share_of_day <= NAMESAKES_ON_DAY
    return shares.with_columns(
        name_in_department=pl.when(is_rare_in_department).then("plain_name"),
        name_on_day=pl.when(is_rare_on_day).then("plain_name"),
    )


def _certificate(number: pl.Expr) -> pl.Expr:
    """Return a certificate number for comparing: 川5109-23717745 and 23510923717745 are one."""
    bare = plain(stated(number)).str.replace_all(r"[^0-9A-Z]", "")
    return pl.coalesce(bare.str.extract(r"^23(51[0-9]{10})$"), bare)


def _name_shares(name: pl.Series) -> pl.DataFrame:
    """Return for each name the share of people that may be expected to have it: plain_name, share.

    Estimated from how often other names have its surname and its other characters.
    """
    names = name.drop_nulls().value_counts(name="rows").rename({name.name: "plain_name"})
    characters = names.with_columns(
        surname=pl.col("plain_name").str.slice(0, 1), character=pl.col("plain_name").str.slice(1).str.split("")
    )
    given = characters.explode("character").drop_nulls("character")
    surnames = characters.select("plain_name", share=_share_of_others("surname"))
    others = given.select("plain_name", share=_share_of_others("character"))
    return pl.concat([surnames, others]).group_by("plain_name").agg(pl.col("share").product())


def _share_of_others(character: str) -> pl.Expr:
    """Return the share of a character among the rows of other names."""
    rows = pl.col("rows")
    return (rows.sum().over(character) - rows.sum().over(character, "plain_name") + 1) / (rows.sum() + UNSEEN)


def _joined(records: pl.DataFrame, evidence: Evidence) -> pl.DataFrame:
    """Return records with the clusters joined that the evidence joins and that do not contradict each other."""
    same = list(evidence.same)
    pairs = records.drop_nulls(same).select(left="cluster", right=pl.col("cluster").first().over(same))
    person = connected(records.height, pairs.filter(pl.col("left") != pl.col("right")).unique())
    tried = records.with_columns(person=pl.Series(person)[records.get_column("cluster")])
    apart = pl.concat(
        [tried.select("person").clear(), *(_contradicting(tried, column) for column in evidence.agreeing)]
    )
    is_apart = pl.col("person").is_in(apart.get_column("person").implode())
    return tried.with_columns(cluster=pl.when(is_apart).then("cluster").otherwise("person")).drop("person")


def _contradicting(tried: pl.DataFrame, column: str) -> pl.DataFrame:
    """Return the people of whose clusters that state the column no value is in all."""
    values = tried.drop_nulls(column).unique(["cluster", column])
    counts = values.with_columns(
        stating=pl.col("cluster").n_unique().over("person"), bearing=pl.len().over("person", column)
    )
    return counts.filter(pl.col("bearing").max().over("person") < pl.col("stating")).select("person")


def _matched_by() -> pl.Expr:
    reasons = [
        pl.when(
            pl.all_horizontal(pl.col(column).is_not_null() for column in evidence.same),
            pl.len().over("cluster", *evidence.same) > 1,
        ).then(pl.lit(evidence.matched_by))
        for evidence in EVIDENCE
    ]
    return pl.coalesce(*reasons, pl.lit("alone"))
