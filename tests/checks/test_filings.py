"""Each promise of the filings is kept by a good account and broken by a bad one."""

import polars as pl
import pytest

from checks.filings import read_is_kept_plus_refused, unaccounted, unexpected_counts, unfiled
from onevisit.county import County
from onevisit.filings.accounts import account
from onevisit.filings.intake import REQUIRED_KINDS, Document, file_department
from onevisit.filings.tables import Accounting
from onevisit.tables import frame_of

FILE = "检查对象名录.csv"
SALT = "-"


@pytest.fixture(scope="module")
def police_only(county: County) -> County:
    [police] = [one for one in county.departments if one.key == "ga"]
    one = police.model_copy(update={"expected_objects": (2, 3)})
    return County.model_validate(county.model_dump() | {"departments": [one]})


@pytest.fixture(scope="module")
def filed(police_only: County) -> pl.DataFrame:
    document = Document(FILE, "单位名称,证照号码\n甲,1\n乙,2\n".encode())
    return file_department(police_only.departments[0], [document], police_only, secret=SALT)


def counted(kind: str, kept: int) -> dict[str, object]:
    return {
        "department": "县公安局", "kind": kind, "file": kind, "sheet": "",
        "read_count": kept, "kept_count": kept, "refused_count": 0, "noted_count": 1,
    }  # fmt: skip


def test_an_account_that_does_not_add_up_is_found(filed: pl.DataFrame):
    good = account([filed])
    assert read_is_kept_plus_refused.judge(good).is_empty()
    assert read_is_kept_plus_refused.judge(good.with_columns(pl.col("kept_count") - 1)).height == 1


def test_a_line_or_a_file_the_account_leaves_out_or_makes_up_is_found(filed: pl.DataFrame, police_only: County):
    good = account([filed])
    assert unaccounted([filed], good, police_only).is_empty()
    assert unaccounted([filed.filter(pl.col("row") != 2)], good, police_only)["file"].to_list() == [FILE]
    assert unaccounted([filed], good.clear(), police_only)["file"].to_list() == [FILE]
    assert unaccounted([filed.clear()], good, police_only)["file"].to_list() == [FILE]


def test_what_lies_in_no_departments_folder_is_in_the_account_alone(filed: pl.DataFrame, police_only: County):
    loose = account([filed]).with_columns(department=pl.lit(""))
    assert unaccounted([filed], pl.concat([account([filed]), loose]), police_only).is_empty()


def test_a_list_owed_of_which_no_row_was_kept_is_found(police_only: County):
    whole = [counted(kind, 1) for kind in REQUIRED_KINDS]
    assert unfiled(frame_of(Accounting, whole), police_only).is_empty()
    assert unfiled(frame_of(Accounting, whole[1:]), police_only)["kind"].to_list() == [REQUIRED_KINDS[0]]
    empty = [counted(REQUIRED_KINDS[0], 0), *whole[1:]]
    assert unfiled(frame_of(Accounting, empty), police_only)["kind"].to_list() == [REQUIRED_KINDS[0]]


@pytest.mark.parametrize(("kept", "is_expected"), [(1, False), (2, True), (3, True), (4, False)])
def test_a_list_of_implausible_size_is_found(police_only: County, kept: int, is_expected: bool):
    assert unexpected_counts(frame_of(Accounting, [counted("objects", kept)]), police_only).is_empty() == is_expected
