"""The one `Definitions` that workspace.yaml loads: the county and data folder this installation names."""

from pipelines.build import build_definitions
from pipelines.settings import from_environment

_settings = from_environment()
defs = build_definitions(_settings, _settings.county())
