"""Where this installation's county and data are: the only module that reads the environment."""

import os
from dataclasses import dataclass
from pathlib import Path

from assets.folders import Folders, settings_in
from onevisit.county import County, parse_county
from onevisit.errors import RefusedError, problem

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Settings:
    """The folders an installation works on, and where it reports failures."""

    county_folder: Path
    data: Path
    webhook: str | None = None

    @property
    def folders(self) -> Folders:
        """Folders of the county's data."""
        return Folders(self.data)

    @property
    def dagster_home(self) -> Path:
        """Where Dagster keeps its runs: beside the data, never in the checkout."""
        return self.data / "dagster"

    def county(self) -> County:
        """Read the county's settings; raises RefusedError with file and key when one is wrong."""
        return read_county(self.county_folder)

    def environment(self) -> dict[str, str]:
        """Return the environment that makes a child process work on the same folders."""
        webhook = {"ONEVISIT_WEBHOOK": self.webhook} if self.webhook else {}
        return {
            "ONEVISIT_COUNTY": str(self.county_folder),
            "ONEVISIT_DATA": str(self.data),
            "DAGSTER_HOME": str(self.dagster_home),
            **webhook,
        }


def from_environment() -> Settings:
    """Return the settings of this process: ONEVISIT_COUNTY, ONEVISIT_DATA, ONEVISIT_WEBHOOK."""
    return Settings(
        county_folder=Path(os.environ.get("ONEVISIT_COUNTY", ROOT / "county")).resolve(),
        data=Path(os.environ.get("ONEVISIT_DATA", ROOT / "data")).resolve(),
        webhook=os.environ.get("ONEVISIT_WEBHOOK"),
    )


def counties_from_environment() -> Path:
    """Return the folder of this process's province: ONEVISIT_COUNTIES, else `counties` in the checkout."""
    return Path(os.environ.get("ONEVISIT_COUNTIES", ROOT / "counties")).resolve()


def read_county(folder: Path) -> County:
    """Read and check a county's settings folder.

    Raises RefusedError: C004 when the folder is missing, otherwise what `parse_county` refuses.
    """
    if not folder.is_dir():
        raise RefusedError([problem("C004", file=folder.name)])
    return parse_county({name: data.decode("utf-8-sig") for name, data in settings_in(folder).items()})
