import pytest

from onevisit.errors import RefusedError
from onevisit.registries.experts import experts
from onevisit.registries.tables import Experts
from tests.onevisit.registries.samples import MARKET, TAX, filed


def test_an_expert_listed_twice_is_one_and_valid_only_if_both_say_so():
    row = {"source_id": "ZJ001", "name": "王教授", "employer": "遂宁职业学院"}
    table = experts(
        filed("experts", row, {**row, "department": TAX, "name": "王 教授", "status": "失效", "title": "教授"})
    )
    Experts.validate(table, lazy=True)
    assert table.rows() == [("ZJ001", "王教授", "遂宁职业学院", "旅馆", "教授", False)]


def test_a_number_of_two_experts_is_refused_without_naming_them():
    with pytest.raises(RefusedError) as refused:
        experts(filed("experts", {"source_id": "1", "name": "王教授"}, {"source_id": "1", "name": "李教授"}))
    assert [(one.code, one.file, one.row) for one in refused.value.problems] == [
        ("R002", f"{MARKET}/experts.csv", 2),
        ("R002", f"{MARKET}/experts.csv", 3),
    ]
    assert "教授" not in refused.value.zh()
