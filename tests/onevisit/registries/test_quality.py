"""How well the simple rules link, measured on the labelled county beside the checkout."""

from pathlib import Path

import polars as pl
import pytest

from onevisit.county import County
from onevisit.filings.intake import Document, file_department
from onevisit.filings.rows import rows_of
from tests.onevisit.registries.samples import people_of, sources_of

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def filings(shared: Path, county: County) -> list[pl.DataFrame]:
    inbox = shared / "data" / "linkage-dev" / "inbox" / "2027"
    return [
        file_department(
            department,
            [Document(path.name, path.read_bytes()) for path in sorted((inbox / department.name).iterdir())],
            county,
            secret=str(shared),
        )
        for department in county.departments
    ]


def scored(found: pl.DataFrame, truth: pl.DataFrame) -> tuple[float, float]:
    """Return precision and recall over pairs of records."""
    both = truth.select("record", "entity").join(found, on="record", how="left")

    def pairs(*by: str) -> int:
        sizes = both.drop_nulls(by).group_by(by).len("size").get_column("size").cast(pl.Int64)
        return int((sizes * (sizes - 1) // 2).sum())

    return pairs("entity", "id") / pairs("id"), pairs("entity", "id") / pairs("entity")


def truth(shared: Path, name: str, entity: str) -> pl.DataFrame:
    path = shared / "data" / "linkage-dev" / name
    return pl.read_csv(path, infer_schema=False).rename({"rec_id": "record", entity: "entity"})


def test_objects_are_linked_with_few_mistakes(filings, county, shared):
    sources = sources_of(rows_of("objects", filings), county)
    found = sources.select(record="source_id", id="object_id")
    precision, recall = scored(found, truth(shared, "truth.csv", "entity_id"))
    assert precision > 0.99
    assert recall > 0.95


def test_inspectors_are_linked_with_few_mistakes(filings, county, shared):
    sources = people_of(rows_of("inspectors", filings), county)
    precision, recall = scored(
        sources.select(record="source_id", id="person_id"), truth(shared, "inspectors_truth.csv", "person_id")
    )
    assert precision > 0.998
    assert recall > 0.99
