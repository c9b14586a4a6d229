import polars as pl
import pytest

from onevisit.errors import STAGE_OF_LETTER, messages
from onevisit.tables import STAGES, columns_of, conform, frame_of, models_of, stage_of, table_of

MODELS = [model for stage in STAGES for model in models_of(stage)]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: f"{stage_of(model)}.{table_of(model)}")
def test_every_column_has_a_chinese_title_and_an_english_sentence(model):
    for column in columns_of(model):
        assert any("\u4e00" <= c <= "\u9fff" for c in column.title), column.name
        assert len(column.description) >= 3, column.name


@pytest.mark.parametrize("model", MODELS, ids=lambda model: f"{stage_of(model)}.{table_of(model)}")
def test_an_empty_table_keeps_its_contract(model):
    model.validate(frame_of(model, []), lazy=True)


def test_a_missing_column_does_not_conform():
    with pytest.raises(pl.exceptions.ColumnNotFoundError):
        conform(MODELS[0], pl.DataFrame({"department": ["县公安局"]}))


@pytest.mark.parametrize("letter", STAGE_OF_LETTER)
def test_every_message_is_complete_and_belongs_to_its_stage(letter):
    for code, message in messages(letter).items():
        assert code.startswith(letter)
        assert message.zh and message.fix_zh and message.en and message.fix_en


def test_published_tables_hold_no_personal_column():
    assert not [column.name for model in models_of("publish") for column in columns_of(model) if column.is_sealed]
