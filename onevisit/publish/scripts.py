"""Data as a script: a page opened from a folder may load a script beside it, but not fetch a file."""

from typing import Any

from jinja2.utils import htmlsafe_json_dumps


def script(name: str, value: Any) -> bytes:
    """Return a script that puts a value under `window.<name>`; no text in it can end the script."""
    said = htmlsafe_json_dumps(value, separators=(",", ":"), ensure_ascii=False)
    return f"window.ONEVISIT=window.ONEVISIT||{{mine:{{}},found:[]}};window.{name}={said};\n".encode()
