"""The peer: Splink 5 on the same normalised columns, trained and clustered as its own guide says.

Splink is an optional extra (`bench`): it is imported where it is used, and typed as anything.
"""

import logging
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import polars as pl

from onevisit.registries.pairs import KEYS, PARTS

THRESHOLDS = (0.5, 0.9, 0.99, 0.999, 0.9999)
"""Match probabilities at which pairs are clustered; the best of them is reported."""
_SEED = 1


def is_installed() -> bool:
    """Tell whether Splink can be asked."""
    return find_spec("splink") is not None


def load() -> None:
    """Import Splink, which takes a second that is not counted."""
    import_module("splink.backends.duckdb")


def columns(prepared: pl.DataFrame) -> pl.DataFrame:
    """Return what Splink compares and blocks by, of the columns that the project's own linkage is given.

    `key0` ... are the project's own blocking keys, null where more records than the cap share a value:
    Splink looks at the same pairs.
    """
    return prepared.select(
        *(_key(number, key, cap) for number, (key, cap) in enumerate(KEYS)),
        unique_id="record",
        name="name_key",
        name_sound="name_sound",
        town="town",
        unit=pl.col("unit").fill_null("-"),
        person=pl.when(~pl.col("is_masked")).then("person_sound"),
        phone=pl.when(~pl.col("phone").str.contains("*", literal=True)).then("phone"),
        place="place_sound",
        door=pl.concat_str("place_sound", "number", separator="#"),
        opened_on="opened_on",
        code="link_code",
        long_code=pl.coalesce("long_code", "link_code"),
        code_start=pl.col("long_code").str.slice(0, 15),
    )


def _key(number: int, key: Sequence[str], cap: int) -> pl.Expr:
    texts = [PARTS.get(part, pl.col(part)).cast(pl.String) for part in key]
    text = pl.concat_str(texts, separator="|")
    return pl.when(pl.len().over(text) <= cap).then(text).alias(f"key{number}")


class Peer:
    """Splink, trained on prepared records, with the pairs it scored."""

    def __init__(self, prepared: pl.DataFrame) -> None:
        splink = import_module("splink")
        api = import_module("splink.backends.duckdb").DuckDBAPI()
        block_on = splink.block_on
        linker = splink.Linker(api.register(columns(prepared)), _settings(splink), log_level=logging.ERROR)
        training = linker.training
        training.estimate_probability_two_random_records_match([block_on("code"), block_on("name", "town")], recall=0.8)
        training.estimate_u_using_random_sampling(seed=_SEED)
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
    block_on = splink.block_on
    keys = [block_on(f"key{number}") for number in range(len(KEYS))]
    return splink.SettingsCreator(
        link_type="dedupe_only",
        comparisons=_comparisons(),
        blocking_rules_to_generate_predictions=[block_on("code"), block_on("code_start"), *keys],
        retain_matching_columns=False,
    )


def _comparisons() -> list[Any]:
    """Return the comparisons with which Splink links best.

    More of them, one for each thing the project compares, took it half as long again and cost it two to
    three points of F1: it adds up what is not independent.
    """
    library, levels = import_module("splink.comparison_library"), import_module("splink.comparison_level_library")

    def compared(name: str, *own: Any) -> Any:
        return library.CustomComparison(output_column_name=name, comparison_levels=[*own, levels.ElseLevel()])

    exact, null = levels.ExactMatchLevel, levels.NullLevel
    return [
        compared(
            "name",
            null("name"),
            exact("name", term_frequency_adjustments=True),
            exact("name_sound"),
            levels.JaroWinklerLevel("name", 0.92),
            levels.JaroWinklerLevel("name", 0.8),
        ),
        compared("code", null("long_code"), exact("code"), levels.LevenshteinLevel("long_code", 2)),
        compared("address", null("place"), exact("door", term_frequency_adjustments=True), exact("place")),
        library.ExactMatch("person").configure(term_frequency_adjustments=True),
        library.ExactMatch("phone").configure(term_frequency_adjustments=True),
        library.ExactMatch("town").configure(term_frequency_adjustments=True),
        library.ExactMatch("unit"),
        library.AbsoluteDateDifferenceAtThresholds(
            "opened_on", input_is_string=False, metrics=["day", "year"], thresholds=[31, 1]
        ),
    ]
