import polars as pl
import pytest

from onevisit.county import County
from onevisit.errors import RefusedError
from onevisit.registries.items import GUIDE_COLUMNS, ITEM_COLUMNS, item_drift, items, own_limits
from onevisit.registries.tables import ItemDrift, Items
from tests.onevisit.registries.samples import MARKET, TAX, filed

ITEM = {
    "item_code": "SCJG-001",
    "department": MARKET,
    "category": "登记事项检查",
    "item_name": "营业执照检查",
    "tier": "general",
    "object_scope": "企业",
    "tags": "企业、个体工商户",
    "methods": "现场检查、书面检查",
    "ratio_text": "不超过3%/年；同一单位不超过2次/年",
    "ratio_max_bp": "300",
    "frequency_max": "2",
    "qualification": "食品检查员",
    "is_expert_needed": "no",
    "legal_basis": "公司法",
    "source": "",
}
GUIDE = {"item_code": "SCJG-001", "content": "执照是否悬挂；是否有涂改", "method": "现场查看", "materials": "正副本"}


def text(columns: tuple[str, ...], *rows: dict[str, str]) -> str:
    return "\n".join([",".join(columns), *(",".join(row[column] for column in columns) for row in rows)]) + "\n"


def listing(county: County, *rows: dict[str, str], guides: tuple[dict[str, str], ...] = ()) -> County:
    return county.model_copy(
        update={"items_csv": text(ITEM_COLUMNS, *rows), "guides_csv": text(GUIDE_COLUMNS, *guides)}
    )


def test_the_countys_own_list_stands(county: County):
    table = items(county)
    Items.validate(table, lazy=True)
    assert table.height > 0
    assert table["department"].n_unique() == len(county.departments)


def test_an_item_is_read_with_its_guide(county):
    [row] = items(listing(county, ITEM, guides=(GUIDE,))).to_dicts()
    assert row["tags"] == ["企业", "个体工商户"]
    assert (row["ratio_max_bp"], row["frequency_max"], row["is_expert_needed"]) == (300, 2, False)
    assert row["content"] == ["执照是否悬挂", "是否有涂改"]
    assert (row["guide_method"], row["materials"], row["has_guide"]) == ("现场查看", ["正副本"], True)
    assert row["list_version"] == county.list_version


def test_what_the_list_leaves_open_is_null(county):
    open_item = {**ITEM, "ratio_text": "", "ratio_max_bp": "", "frequency_max": "", "qualification": "", "tags": ""}
    [row] = items(listing(county, open_item)).to_dicts()
    assert [row[column] for column in ("ratio_text", "ratio_max_bp", "frequency_max", "qualification")] == [None] * 4
    assert (row["tags"], row["has_guide"], row["content"]) == ([], False, [])


@pytest.mark.parametrize(
    ("change", "code", "column"),
    [
        ({"item_name": ""}, "R013", "item_name"),
        ({"tier": "重点"}, "R014", "tier"),
        ({"is_expert_needed": "是"}, "R014", "is_expert_needed"),
        ({"department": "县气象局"}, "R014", "department"),
        ({"ratio_max_bp": "3%"}, "R015", "ratio_max_bp"),
        ({"ratio_max_bp": "10001"}, "R015", "ratio_max_bp"),
        ({"frequency_max": "0"}, "R015", "frequency_max"),
        ({"item_code": "TAX-001"}, "R016", "item_code"),
        ({"item_code": "SCJG-1"}, "R016", "item_code"),
    ],
)
def test_a_wrong_cell_is_refused_with_row_and_column(county, change, code, column):
    with pytest.raises(RefusedError) as refused:
        items(listing(county, ITEM, {**ITEM, "item_code": "SCJG-002", **change}))
    [one] = refused.value.problems
    assert (one.code, one.file, one.row, one.column) == (code, "items.csv", 3, column)


def test_everything_wrong_is_said_at_once(county):
    with pytest.raises(RefusedError) as refused:
        items(listing(county, ITEM, {**ITEM, "tier": ""}, guides=({**GUIDE, "item_code": "SCJG-009"}, GUIDE, GUIDE)))
    assert [(one.code, one.file, one.row) for one in refused.value.problems] == [
        ("R013", "items.csv", 3),
        ("R017", "items.csv", 3),
        ("R017", "guides.csv", 4),
        ("R018", "guides.csv", 2),
    ]


def test_a_wrong_header_or_row_is_named(county):
    broken = county.model_copy(
        update={
            "items_csv": text(ITEM_COLUMNS, ITEM).replace("tier", "grade", 1),
            "guides_csv": "item_code,content,method,materials\na,b\n",
        }
    )
    with pytest.raises(RefusedError) as refused:
        items(broken)
    assert [(one.code, one.file, one.column) for one in refused.value.problems] == [
        ("R010", "items.csv", "tier"),
        ("R011", "items.csv", "grade"),
        ("R012", "guides.csv", ""),
    ]


def drift(county: County, *rows: dict[str, str | None]) -> list[tuple]:
    table = item_drift(filed("items", *rows), items(listing(county, ITEM)))
    ItemDrift.validate(table, lazy=True)
    return table.select("department", "item_code", "problem", "filed", "recorded").rows()


FILED = {
    "item_code": "SCJG-001",
    "item_name": "营业执照检查",
    "tier": "一般检查事项",
    "ratio_text": "不超过3%/年;同一单位 不超过2次/年",
    "qualification": "食品检查员",
}


def test_a_list_that_says_the_same_in_other_widths_does_not_differ(county):
    assert drift(county, FILED) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"item_name": "执照检查"}, ("name", "执照检查", "营业执照检查")),
        ({"tier": "重点检查事项"}, ("tier", "重点检查事项", "一般检查事项")),
        ({"ratio_text": None}, ("ratio", None, ITEM["ratio_text"])),
        ({"qualification": "无需专业岗位资格"}, ("qualification", None, "食品检查员")),
    ],
)
def test_every_difference_is_named_with_both_values(county, change, expected):
    assert drift(county, {**FILED, **change}) == [(MARKET, "SCJG-001", *expected)]


def test_an_item_off_the_list_and_one_left_out_are_differences(county):
    assert drift(county, {**FILED, "item_code": "SCJG-777"}) == [
        (MARKET, "SCJG-001", "not_filed", None, "营业执照检查"),
        (MARKET, "SCJG-777", "not_on_record", "营业执照检查", None),
    ]


def test_another_departments_item_is_a_difference(county):
    assert (TAX, "SCJG-001", "other_department", TAX, MARKET) in drift(county, FILED, {**FILED, "department": TAX})


def filed_with(ratio_text: str, recorded: pl.DataFrame) -> pl.DataFrame:
    return recorded.select(
        "department",
        "item_code",
        "item_name",
        "qualification",
        tier=pl.lit("一般检查事项"),
        ratio_text=pl.lit(ratio_text),
        file=pl.lit("清单.xlsx"),
        sheet=pl.lit(""),
        row=pl.lit(2, pl.Int64),
    )


def test_a_stricter_limit_of_its_own_is_no_drift_but_is_known(county):
    recorded = items(county).filter(pl.col("ratio_max_bp") == 10000).head(1)
    filed = filed_with("不超过20%/年", recorded)
    assert item_drift(filed, recorded).is_empty()
    assert own_limits(filed) == {recorded["item_code"].item(): 2000}


def test_a_looser_limit_of_its_own_is_drift(county):
    recorded = items(county).filter(pl.col("ratio_max_bp") == 2000).head(1)
    assert item_drift(filed_with("不超过30%/年", recorded), recorded)["problem"].to_list() == ["ratio"]
