"""Resources: plain objects handed to assets and checks; no asset sees Dagster's configuration."""

from assets.warehouse import Warehouse
from onevisit.county import County
from pipelines.settings import Settings


def resources(settings: Settings, county: County) -> dict[str, object]:
    """Return what assets ask for by name: `warehouse` and `county`."""
    return {"warehouse": Warehouse(settings.folders), "county": county}
