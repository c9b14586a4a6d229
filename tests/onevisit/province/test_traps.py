"""What differs between engines where a rule is left to them: none of it may change an answer."""

import datetime as dt
from fractions import Fraction
from math import ceil

import polars as pl
import pyarrow as pa
import pytest

from onevisit.draw.select import stratum_count
from onevisit.province.arrow import SCHEMA, _counties, table_of
from onevisit.province.digest import digest_of, table_digest
from onevisit.registries.comparison import _edits
from onevisit.registries.tables import Objects
from onevisit.tables import frame_of
from pipelines.engines import spark_session

RATES = [1, 3, 7, 29, 300, 700, 1_000, 1_400, 2_900, 10_000]
SIZES = [1, 7, 50, 99, 100, 700, 1_000, 9_999]
NAMES = [("大英县蓬莱镇老王饭店", "大英县蓬莱镇老汪饭店"), ("张三", "张三丰"), ("𠮷野家", "吉野家"), ("A", "Å")]


@pytest.fixture(scope="module")
def session():
    """Two worker processes of a Spark cluster on this machine."""
    opened = spark_session("local-cluster[2,1,2048]")
    opened.conf.set("spark.sql.shuffle.partitions", "3")
    yield opened
    opened.stop()


def on_spark(session, rule, rows: pl.DataFrame, schema: str) -> pl.DataFrame:
    """Return what a rule makes of each group of rows, shuffled over four partitions."""
    frame = session.createDataFrame(rows.rows(), rows.columns).repartition(4)
    return pl.DataFrame([row.asDict() for row in frame.groupBy("group").applyInArrow(rule, schema).collect()])


@pytest.mark.spark
def test_a_quota_is_a_whole_number_on_every_engine(session):
    def counted(table: pa.Table) -> pa.Table:
        counts = [
            stratum_count(row["size"], kind="rate", value=row["rate"], least=0, lot=0) for row in table.to_pylist()
        ]
        return table.append_column("count", pa.array(counts, pa.int64()))

    asked = [(size % 3, size, rate) for size in SIZES for rate in RATES]
    rows = pl.DataFrame(asked, ["group", "size", "rate"], orient="row")
    found = on_spark(session, counted, rows, "group long, size long, rate long, count long")
    # The least lot rounds every rest up.
    exact = {(size, rate): ceil(Fraction(size * rate, 10_000)) for size in SIZES for rate in RATES}
    assert {(size, rate): count for size, rate, count in found.select("size", "rate", "count").rows()} == exact


@pytest.mark.spark
def test_names_are_compared_by_the_character_on_every_engine(session):
    def compared(table: pa.Table) -> pa.Table:
        columns = table.to_pydict()
        edits = [int(one) for one in _edits(columns["left"], columns["right"])]
        return table.append_column("edits", pa.array(edits, pa.int64()))

    rows = pl.DataFrame([(0, *pair) for pair in NAMES], ["group", "left", "right"], orient="row")
    found = on_spark(session, compared, rows, "group long, left string, right string, edits long")
    assert dict(found.select("left", "edits").rows()) == {"大英县蓬莱镇老王饭店": 1, "张三": 1, "𠮷野家": 1, "A": 1}


@pytest.mark.spark
def test_ties_go_by_id_however_rows_are_shuffled(session):
    def ranked(table: pa.Table) -> pa.Table:
        first = pl.DataFrame(table).sort("ticket", "id").head(3)
        return first.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(table.schema)

    rows = pl.DataFrame([(n % 2, f"D{n:03d}", n // 10) for n in range(60)], ["group", "id", "ticket"], orient="row")
    shuffled = rows.sample(fraction=1.0, shuffle=True, seed=3)
    found = on_spark(session, ranked, shuffled, "group long, id string, ticket long")
    assert sorted(found["id"]) == ["D000", "D001", "D002", "D003", "D004", "D005"]


def test_a_digest_knows_rows_and_neither_their_order_nor_their_packing():
    frame = pl.DataFrame({"id": ["b", "a", "a"], "on": [dt.date(2027, 1, 1), None, None], "many": [["x"], [], None]})
    assert table_digest(frame) == table_digest(frame.reverse().rechunk())
    assert table_digest(frame) != table_digest(frame[:2])
    assert table_digest(frame) != table_digest(frame.rename({"on": "off"}))
    assert table_digest(frame_of(Objects, [])) == table_digest(frame_of(Objects, []))


def test_bytes_are_digested_too():
    one, other = (pl.DataFrame({"content": [data]}) for data in (b"\x00\xff", b"\x00\xfe"))
    assert table_digest(one) != table_digest(other)


def test_no_two_lists_of_parts_read_alike():
    assert digest_of("ab", "c") != digest_of("a", "bc")


def test_parcels_come_back_as_they_went_in_any_order():
    counties = {"001": {"a": b"\x00", "b": b""}, "002": {"a": b"1"}}
    table = table_of(counties.items())
    assert table.schema == SCHEMA
    assert _counties(table.take([2, 0, 1])) == counties
