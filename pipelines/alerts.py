"""Telling somebody that a run failed: one line in a log, and a webhook where the county named one."""

import datetime as dt
import json
import urllib.request
from pathlib import Path
from urllib.error import URLError
from zoneinfo import ZoneInfo

from assets.files import append_private
from pipelines.settings import Settings

WEBHOOK_SECONDS = 10


def alert(settings: Settings, *, job: str, run_id: str, message: str) -> None:
    """Append a failure to the alerts log and post it to the webhook, if one is set.

    A webhook that does not answer is noted in the log and fails nothing.
    """
    record = {"at": _now(), "job": job, "run": run_id, "message": message}
    _append(settings.folders.alerts, record)
    if settings.webhook:
        try:
            _post(settings.webhook, record)
        except (URLError, TimeoutError, ValueError) as error:
            _append(settings.folders.alerts, {"at": _now(), "job": job, "run": run_id, "message": f"webhook: {error}"})


def _now() -> str:
    return dt.datetime.now(ZoneInfo("Asia/Shanghai")).isoformat(timespec="seconds")


def _append(path: Path, record: dict[str, str]) -> None:
    append_private(path, json.dumps(record, ensure_ascii=False) + "\n")


def _post(url: str, record: dict[str, str]) -> None:
    if not url.startswith(("http://", "https://")):
        raise ValueError("a webhook begins with http:// or https://")
    body = json.dumps(record, ensure_ascii=False).encode()
    request = urllib.request.Request(url, data=body, headers={"Content-Type": "application/json"})  # noqa: S310
    urllib.request.urlopen(request, timeout=WEBHOOK_SECONDS).close()  # noqa: S310
