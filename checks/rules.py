"""How a promise becomes a check: a function that returns the rows that break it.

    @rule(on=Tasks, reads=[Tasks, Submitted])
    def no_plan_row_is_lost(tasks, submitted):
        \"\"\"Merging never drops a plan row.\"\"\"
        return submitted.join(tasks.explode("plan_rows"), ..., how="anti")

The decorated name is the Dagster check; the bare function stays at `.judge` for tests.
"""

from collections.abc import Callable, Sequence

import dagster as dg
import polars as pl

from assets.catalogue import key_of, year_of
from assets.warehouse import Warehouse, sample_records
from onevisit.tables import Table

Judge = Callable[..., pl.DataFrame]


def rule(
    *,
    on: type[Table],
    reads: Sequence[type[Table]],
    last_year: Sequence[type[Table]] = (),
    is_blocking: bool = True,
) -> Callable[[Judge], dg.AssetChecksDefinition]:
    """Decorate a judge of whole tables; it gets one frame per model of `reads`, in order.

    Behind them come the frames of `last_year`, as the year before left them: empty when there is none.
    A blocking rule that is broken stops everything downstream in the run; any other warns.
    """

    def decorate(judge: Judge) -> dg.AssetChecksDefinition:
        @dg.asset_check(
            asset=key_of(on),
            # Read after this run has written them, not as the last run left them.
            additional_deps=[key_of(model) for model in reads if model is not on],
            name=judge.__name__,
            description=judge.__doc__,
            blocking=is_blocking,
        )
        def check(
            context: dg.AssetCheckExecutionContext, warehouse: dg.ResourceParam[Warehouse]
        ) -> dg.AssetCheckResult:
            year = year_of(context)
            before = (warehouse.read(model, year - 1) for model in last_year)
            broken = judge(*(warehouse.read(model, year) for model in reads), *before)
            return verdict(broken, is_blocking=is_blocking)

        check.judge = judge  # pyright: ignore[reportAttributeAccessIssue]
        check.reads = reads  # pyright: ignore[reportAttributeAccessIssue]
        return check

    return decorate


def verdict(broken: pl.DataFrame, *, is_blocking: bool) -> dg.AssetCheckResult:
    """Turn the offending rows into a check's result: passed when there are none."""
    return dg.AssetCheckResult(
        passed=broken.is_empty(),
        severity=dg.AssetCheckSeverity.ERROR if is_blocking else dg.AssetCheckSeverity.WARN,
        metadata={"broken_count": broken.height, "broken": sample_records(broken)},
    )
