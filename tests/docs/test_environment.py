"""The lock files hold a hash for every package and say nowhere where it comes from."""

import re

import pytest

PIN = re.compile(r"[A-Za-z0-9._-]+(\[[a-z0-9,._-]+\])?==[A-Za-z0-9.+!_]+( ; [^\\]+)?")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def flaws(text: str) -> list[str]:
    """Return the requirements of a lock file that are not one version with a hash, and every other line."""
    lines = [line for line in text.replace("\\\n", " ").splitlines() if line.strip()]
    return [line for line in lines if not (HASH.search(line) and PIN.fullmatch(HASH.sub("", line).strip()))]


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-spark.lock"])
def test_every_package_has_one_version_and_a_hash_and_no_address(repository, name):
    text = (repository / name).read_text("utf-8")
    assert flaws(text) == []
    assert "://" not in text


@pytest.mark.parametrize(
    "line",
    [
        "polars==2.1.0",
        "polars>=2.1 --hash=sha256:" + "0" * 64,
        "polars @ https://packages.example/polars.whl --hash=sha256:" + "0" * 64,
        "--index-url https://packages.example/",
        "polars==2.1.0 --hash=md5:" + "0" * 32,
    ],
)
def test_a_line_that_is_none_of_this_is_found(line):
    assert flaws(line) == [line]
