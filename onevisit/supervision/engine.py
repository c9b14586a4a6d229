"""Great Expectations at work: conditions in, counts out.

Importing Great Expectations takes longer than the whole review, so `review.py` imports this module
only when it runs. The review runs in memory, sends nothing, draws no progress bars and keeps no
cell of the data in its results.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import polars as pl

_CONNECT = "pyspark.sql.connect"
# Great Expectations looks whether Spark Connect is there, and that, where it lacks a package, ends a process that
# has no main file, as a worker's. While it loads, there is none; this review needs none.
_is_hidden = cast(Any, sys.modules.setdefault(_CONNECT, cast(Any, None))) is None

import great_expectations  # noqa: E402
from great_expectations.data_context.types.base import (  # noqa: E402
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)

if _is_hidden:
    del sys.modules[_CONNECT]

from onevisit.supervision.measures import Between, Condition, Filled, Length, Matches, OneOf  # noqa: E402

COUNTS_ONLY = {"result_format": "BASIC", "partial_unexpected_count": 0}


@dataclass(frozen=True, slots=True)
class Asked:
    """A condition on a column that a share of the rows must meet."""

    column: str
    condition: Condition
    share: float


@dataclass(frozen=True, slots=True)
class AskedSize:
    """A number of rows, in [least, most]."""

    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What Great Expectations found."""

    expectation: str
    looked_at: int
    """Rows that are not empty in the column, or all rows."""
    unexpected: int
    """Rows that do not pass; 0 for a number of rows."""
    is_met: bool


class Engine:
    """A context in memory; every `judge` is one suite over one frame.

    With a folder for Data Docs every suite and its result is kept until `document` writes their pages there.
    """

    def __init__(self, docs: Path | None = None) -> None:
        # One asset for all frames: every further one makes the whole configuration be written out again.
        # Untyped here: half of its signatures are. The settings are said in code, so that no
        # environment variable can turn analytics on.
        library = cast(Any, great_expectations)
        self._suite, self._definition = library.ExpectationSuite, library.ValidationDefinition
        self._context = library.get_context(
            mode="ephemeral",
            project_config=DataContextConfig(
                store_backend_defaults=InMemoryStoreBackendDefaults(),
                analytics_enabled=False,
                progress_bars=ProgressBarsConfig(globally=False, metric_calculations=False),
            ),
        )
        source = self._context.data_sources.add_pandas("registers")
        self._whole = source.add_dataframe_asset("frames").add_batch_definition_whole_dataframe("whole")
        self._is_documented = docs is not None
        if docs:
            self._context.add_data_docs_site("engineers", _site(docs))

    def judge(self, suite: str, frame: pl.DataFrame, asked: Mapping[str, Asked | AskedSize]) -> dict[str, Verdict]:
        """Return the verdict on every expectation, by its key."""
        columns = sorted({one.column for one in asked.values() if isinstance(one, Asked)})
        rows = {"dataframe": frame.select(columns).to_pandas()}
        asks = self._suite(name=suite, expectations=[_expectation(key, one) for key, one in asked.items()])
        if self._is_documented:
            # Pages are made of what the stores hold, and only a definition puts its result there.
            kept = self._definition(name=suite, data=self._whole, suite=self._context.suites.add(asks))
            definition = self._context.validation_definitions.add(kept)
            found = definition.run(batch_parameters=rows, result_format=COUNTS_ONLY)
        else:
            found = self._whole.get_batch(batch_parameters=rows).validate(asks, result_format=COUNTS_ONLY)
        return {result.expectation_config.meta["key"]: _verdict(result) for result in found.results}

    def document(self) -> None:
        """Write the pages of every suite judged."""
        self._context.build_data_docs()


def _site(folder: Path) -> dict[str, object]:
    return {
        "class_name": "SiteBuilder",
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder)},
    }


def _expectation(key: str, asked: Asked | AskedSize) -> dict[str, object]:
    if isinstance(asked, AskedSize):
        return _named(key, "expect_table_row_count_to_be_between", min_value=asked.least, max_value=asked.most)
    common: dict[str, object] = {"column": asked.column, "mostly": asked.share}
    match asked.condition:
        case Filled():
            return _named(key, "expect_column_values_to_not_be_null", **common)
        case OneOf(values):
            return _named(key, "expect_column_values_to_be_in_set", value_set=list(values), **common)
        case Between(least, most):
            return _named(key, "expect_column_values_to_be_between", min_value=least, max_value=most, **common)
        case Matches(pattern):
            return _named(key, "expect_column_values_to_match_regex", regex=f"^(?:{pattern})$", **common)
        case Length(least, most):
            return _named(key, "expect_column_value_lengths_to_be_between", min_value=least, max_value=most, **common)


def _named(key: str, name: str, **settings: object) -> dict[str, object]:
    return {"type": name, "kwargs": settings, "meta": {"key": key}}


def _verdict(result: Any) -> Verdict:
    # A condition that raised has no counts: the KeyError stops the review instead of calling it unmet.
    counts = result.result
    is_size = "observed_value" in counts
    return Verdict(
        expectation=result.expectation_config.type,
        looked_at=counts["observed_value"] if is_size else counts["element_count"] - counts.get("missing_count", 0),
        unexpected=0 if is_size else counts["unexpected_count"],
        is_met=bool(result.success),
    )
