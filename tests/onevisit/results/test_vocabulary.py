"""Words of a result, as departments write them."""

import pytest

from onevisit.results.tables import RESULT_TYPES
from onevisit.results.vocabulary import DISPOSALS, disposal, result_types, yes_or_no


@pytest.mark.parametrize("kind", RESULT_TYPES)
def test_every_standard_type_is_understood_as_itself(kind: str):
    assert result_types(kind) == [kind]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("未发现问题", ["未发现问题"]),
        (" 未发现 问题。", ["未发现问题"]),
        ("通过登记的住所(经营场所)无法联系", ["通过登记的住所（经营场所）无法联系"]),
        ("不配合检查，情节严重", ["不配合检查情节严重"]),
        ("公示信息隐瞒真实情况、弄虚作假", ["公示信息隐瞒真实情况弄虚作假"]),
        ("发现问题待后续处理；发现问题已责令改正", ["发现问题已责令改正", "发现问题待后续处理"]),
        ("发现问题已责令改正、发现问题已责令改正", ["发现问题已责令改正"]),
        ("已注销", ["注销"]),
        ("", []),
        (None, []),
    ],
)
def test_spellings_and_separators_do_not_matter(text: str | None, expected: list[str]):
    assert result_types(text) == expected


@pytest.mark.parametrize("text", ["合格", "未发现问题、合格", "未发现"])
def test_an_unknown_type_is_refused_with_its_part(text: str):
    with pytest.raises(ValueError, match=r"合格|未发现"):
        result_types(text)


@pytest.mark.parametrize("one", DISPOSALS)
def test_every_standard_disposal_is_understood_as_itself(one: str):
    assert disposal(one) == one


def test_short_disposals_are_understood_and_unknown_ones_are_not():
    assert disposal("责令改正") == "责令改正，后续跟踪由日常监管部门负责"
    assert disposal("") is None
    with pytest.raises(KeyError):
        disposal("罚款")


def test_yes_and_no():
    assert (yes_or_no("是"), yes_or_no(" 否"), yes_or_no(None)) == (True, False, None)
    with pytest.raises(KeyError):
        yes_or_no("大概")
