"""Runs the browser's verifier on folders of evidence: in Node, or in Chromium where there is no Node."""

import base64
import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

import onevisit.publish

CORE = Path(onevisit.publish.__file__).with_name("replay.js")
RUN = """
var bytes = typeof Buffer !== "undefined"
  ? function (text) { return new Uint8Array(Buffer.from(text, "base64")); }
  : function (text) { return Uint8Array.from(atob(text), function (c) { return c.charCodeAt(0); }); };
function answer(one) {
  try {
    if (one.proof !== undefined) { return OV1.checkProof(bytes(one.proof), one.root, one.id); }
    var files = {};
    Object.keys(one.files).forEach(function (name) { files[name] = bytes(one.files[name]); });
    return OV1.verify(files, one.head);
  } catch (error) { return { crash: String(error) }; }
}
"""


def answers(cases: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what the browser's verifier says of each case: `files` and `head`, or `proof`, `root` and `id`."""
    ready = [
        {
            key: {name: _text(data) for name, data in value.items()}
            if key == "files"
            else _text(value)
            if key == "proof"
            else value
            for key, value in case.items()
        }
        for case in cases
    ]
    script = CORE.read_text("utf-8") + RUN
    if node := shutil.which("node"):
        program = (
            script + 'process.stdout.write(JSON.stringify(JSON.parse(require("fs").readFileSync(0)).map(answer)));'
        )
        done = subprocess.run([node, "-e", program], input=json.dumps(ready).encode(), capture_output=True, check=True)
        return json.loads(done.stdout)
    if chromium := shutil.which("chromium"):
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
            page = browser.new_page()
            found = page.evaluate(f"function (cases) {{ {script} return cases.map(answer); }}", ready)
            browser.close()
            return found
    pytest.skip("needs node or chromium")


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
