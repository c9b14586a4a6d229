"""The peer: Splink 5 on the same normalised columns, trained and clustered as its own guide says.

Splink is an optional extra (`bench`): it is imported where it is used, and typed as anything.
"""

import logging
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import polars as pl

THRESHOLDS = (0.5, 0.9, 0.99, 0.999, 0.9999)
"""Match probabilities at which pairs are clustered; the best of them is reported."""
_MASKED = pl.col("is_masked")
_SAMPLED_PAIRS = 2e6
_SEED = 1


def is_installed() -> bool:
    """Tell whether Splink can be asked."""
    return find_spec("splink") is not None


def columns(prepared: pl.DataFrame) -> pl.DataFrame:
    """Return what Splink compares, of the columns that the project's own linkage is given."""
    phone, door = pl.col("phone"), pl.concat_str("place_sound", "number", separator="#")
    return prepared.select(
        unique_id="record",
        name="name_key",
        name_sound="name_sound",
        name_start=pl.col("name_sound").str.slice(0, 2),
        name_end=pl.col("name_sound").str.slice(-4),
        town="town",
        unit=pl.col("unit").fill_null("-"),
        person=pl.when(~_MASKED).then("person_sound"),
        phone=pl.when(~phone.str.contains("*", literal=True)).then("phone"),
        place="place_sound",
        door=door,
        opened_on="opened_on",
        code="link_code",
        long_code=pl.coalesce("long_code", "link_code"),
    )


class Peer:
    """Splink, trained on prepared records, with the pairs it scored."""

    def __init__(self, prepared: pl.DataFrame) -> None:
        splink = import_module("splink")
        api = import_module("splink.backends.duckdb").DuckDBAPI()
        block_on = splink.block_on
        linker = splink.Linker(api.register(columns(prepared)), _settings(splink), log_level=logging.ERROR)
        training = linker.training
        training.estimate_probability_two_random_records_match([block_on("code"), block_on("name", "town")], recall=0.8)
        training.estimate_u_using_random_sampling(max_pairs=_SAMPLED_PAIRS, seed=_SEED)
        for rule in (block_on("code"), block_on("name_sound", "town")):
            training.estimate_parameters_using_expectation_maximisation(rule)
        self._linker = linker
        self._scored = linker.inference.predict(threshold_match_probability=min(THRESHOLDS))

    def clusters(self, threshold: float) -> pl.DataFrame:
        """Return record and cluster, pairs of this match probability and more joined."""
        found = self._linker.clustering.cluster_pairwise_predictions_at_threshold(
            self._scored, threshold_match_probability=threshold
        )
        return found.as_duckdbpyrelation().pl().select(record="unique_id", cluster="cluster_id")


def _settings(splink: Any) -> Any:
    library, levels = import_module("splink.comparison_library"), import_module("splink.comparison_level_library")
    block_on = splink.block_on
    return splink.SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            library.CustomComparison(
                output_column_name="name",
                comparison_levels=[
                    levels.NullLevel("name"),
                    levels.ExactMatchLevel("name", term_frequency_adjustments=True),
                    levels.ExactMatchLevel("name_sound"),
                    levels.JaroWinklerLevel("name", 0.92),
                    levels.JaroWinklerLevel("name", 0.8),
                    levels.ElseLevel(),
                ],
            ),
            library.CustomComparison(
                output_column_name="code",
                comparison_levels=[
                    levels.NullLevel("long_code"),
                    levels.ExactMatchLevel("code"),
                    levels.LevenshteinLevel("long_code", 2),
                    levels.ElseLevel(),
                ],
            ),
            library.CustomComparison(
                output_column_name="address",
                comparison_levels=[
                    levels.NullLevel("place"),
                    levels.ExactMatchLevel("door", term_frequency_adjustments=True),
                    levels.ExactMatchLevel("place"),
                    levels.ElseLevel(),
                ],
            ),
            library.ExactMatch("person").configure(term_frequency_adjustments=True),
            library.ExactMatch("phone").configure(term_frequency_adjustments=True),
            library.ExactMatch("town").configure(term_frequency_adjustments=True),
            library.ExactMatch("unit"),
            library.AbsoluteDateDifferenceAtThresholds(
                "opened_on", input_is_string=False, metrics=["day", "year"], thresholds=[31, 1]
            ),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("code"),
            block_on("name_sound"),
            block_on("phone"),
            block_on("person", "town"),
            block_on("door", "town"),
            block_on("person", "opened_on"),
            block_on("name_start", "town", "opened_on"),
            block_on("name_end", "town", "person"),
            block_on("substr(long_code, 1, 15)"),
        ],
        retain_matching_columns=False,
    )
