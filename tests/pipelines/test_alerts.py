import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from pipelines.alerts import alert
from pipelines.settings import Settings


def lines(settings: Settings) -> list[dict]:
    return [json.loads(line) for line in settings.folders.alerts.read_text("utf-8").splitlines()]


def test_a_failure_is_one_line_in_the_log(tmp_path):
    settings = Settings(county_folder=Path("county"), data=tmp_path / "data")
    alert(settings, job="whole_year", run_id="r1", message="收件夹不存在")
    [line] = lines(settings)
    assert (line["job"], line["run"], line["message"]) == ("whole_year", "r1", "收件夹不存在")


def test_a_failure_is_posted_to_the_webhook(tmp_path):
    received = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.handle_request)
    thread.start()
    settings = Settings(Path("county"), tmp_path, webhook=f"http://127.0.0.1:{server.server_port}/")
    alert(settings, job="whole_year", run_id="r1", message="failed")
    thread.join(timeout=10)
    server.server_close()
    assert received == lines(settings)


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/", "file:///etc/hostname"])
def test_a_webhook_that_does_not_answer_is_noted_and_fails_nothing(tmp_path, address):
    settings = Settings(Path("county"), tmp_path, webhook=address)
    alert(settings, job="whole_year", run_id="r1", message="failed")
    assert len(lines(settings)) == 2
    assert lines(settings)[1]["message"].startswith("webhook: ")
