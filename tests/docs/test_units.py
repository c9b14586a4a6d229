"""The units of `docs/operation.md` are ones systemd takes, and what they start answers and ends."""

import http.client
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

UNIT = re.compile(r"`/etc/systemd/system/([\w.-]+)`.*?```ini\n(.*?)```", re.DOTALL)
ENVIRONMENT = re.compile(r"`/etc/onevisit\.env`:\n\n```sh\n(.*?)```", re.DOTALL)
APP, DATA = "/srv/onevisit/app", "/srv/onevisit/data"
SECONDS = 60


@pytest.fixture(scope="module")
def page(repository):
    return (repository / "docs" / "operation.md").read_text("utf-8")


@pytest.fixture(scope="module")
def units(page, repository):
    """Name and text of every unit, the program where this checkout has it."""
    beside = f"{Path(sys.executable).parent}/"
    return {
        name: text.replace(f"{APP}/.venv/bin/", beside).replace(APP, str(repository))
        for name, text in UNIT.findall(page)
    }


@pytest.mark.systemd
def test_systemd_takes_every_unit(units, tmp_path):
    assert len(units) == 3
    for name, text in units.items():
        (tmp_path / name).write_text(text, "utf-8")
    said = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *sorted(str(tmp_path / name) for name in units)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (said.returncode, said.stdout + said.stderr) == (0, "")


@pytest.mark.systemd
def test_a_word_systemd_does_not_know_is_found(units, tmp_path):
    path = tmp_path / "onevisit.service"
    path.write_text(units["onevisit.service"].replace("Restart=", "Restrt="), "utf-8")
    said = subprocess.run(["systemd-analyze", "verify", "--man=no", path], capture_output=True, text=True, check=False)
    assert "Restrt" in said.stderr


def environment_of(page, data, repository):
    lines = dict(line.split("=", 1) for line in ENVIRONMENT.findall(page)[0].split())
    here = {DATA: str(data), "/srv/onevisit/county": str(repository / "county")}
    for was, now in here.items():
        lines = {name: value.replace(was, now) for name, value in lines.items()}
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(repository), **lines}


def started_by(unit):
    return shlex.split(re.findall(r"^ExecStart=(.*)$", unit, re.MULTILINE)[0].replace("$$", "$").replace("%%", "%"))


@pytest.mark.service
def test_the_service_answers_on_this_machine_alone_and_ends_when_told(page, units, repository, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [str(port) if word == "3000" else word for word in started_by(units["onevisit.service"])]
    with subprocess.Popen(
        command,
        cwd=repository,
        env=environment_of(page, tmp_path / "data", repository),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as service:
        try:
            assert b"dagster_version" in answer(port, service)
            # What the machine is called elsewhere reaches nothing.
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.2", port), timeout=2)
        finally:
            os.killpg(service.pid, signal.SIGTERM)
            assert service.wait(SECONDS) is not None
    assert (tmp_path / "data" / "dagster" / "dagster.yaml").is_file()


def answer(port, service):
    for _ in range(SECONDS * 5):
        assert service.poll() is None, "the service ended"
        try:
            asked = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            asked.request("GET", "/server_info")
            return asked.getresponse().read()
        except ConnectionRefusedError:
            time.sleep(0.2)
    raise AssertionError("nobody answers")


def test_the_backup_is_written_under_its_day_for_its_owner_alone(page, units, repository, tmp_path):
    (tmp_path / "data" / "inbox").mkdir(parents=True)
    (tmp_path / "data" / "inbox" / "名录.csv").write_text("甲\n", "utf-8")
    command = [word.replace("/mnt/backup", str(tmp_path)) for word in started_by(units["onevisit-backup.service"])]
    done = subprocess.run(
        command, env=environment_of(page, tmp_path / "data", repository), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    [archive] = tmp_path.glob("onevisit-20[0-9][0-9]-[0-1][0-9]-[0-3][0-9].tar.gz")
    assert archive.stat().st_mode & 0o077 == 0
