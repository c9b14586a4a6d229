"""Resources: plain objects handed to assets and checks; no asset sees Dagster's configuration."""

from collections.abc import Iterator

import dagster as dg

from assets.warehouse import Warehouse
from onevisit.county import County
from pipelines.lock import alone
from pipelines.settings import Settings


def resources(settings: Settings, county: County) -> dict[str, object]:
    """Return what assets ask for by name: `warehouse` and `county`.

    A run holds the data from its first step to its last, whoever started it: the command line, a schedule,
    a sensor or a person in Dagster's pages. Where another run has it, this one fails with C005 and writes nothing.
    """

    @dg.resource
    def warehouse(_: dg.InitResourceContext) -> Iterator[Warehouse]:
        one = Warehouse(settings.folders)
        with alone(settings), one.held():
            yield one

    return {"warehouse": warehouse, "county": county}
