"""Columns read as what they hold: short ways to an answer must end where the long ones do."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onevisit.codes import USCC_ALPHABET, classify, uscc_check_character
from onevisit.registries.cells import stated, with_code_kinds
from onevisit.registries.names import plain, shown_name

FIRST17 = st.text(USCC_ALPHABET, min_size=17, max_size=17)
CODES = st.one_of(
    st.none(),
    FIRST17.map(lambda first: first + uscc_check_character(first)),
    st.text(USCC_ALPHABET + "OIx -", max_size=19),
    st.text("0123456789X", min_size=18, max_size=18),
    st.sampled_from(["X" * 18, "0" * 18, "510923********1234", "无"]),
)
TEXTS = st.text("aB1（）() *·—/无暂不详國国遂㍿ﬁ１\u3000\u200b\n", max_size=6)


@settings(max_examples=200, deadline=None)
@given(st.lists(CODES, max_size=12))
def test_a_column_of_codes_is_told_apart_as_one_code_is(codes):
    told = with_code_kinds(pl.DataFrame({"code": codes}, schema={"code": pl.String}))
    assert told.select("code_kind", "code").rows() == [classify(code) for code in codes]


@settings(max_examples=200, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=6))
@pytest.mark.parametrize("read", [plain, stated, shown_name])
def test_a_text_is_read_alike_whatever_stands_beside_it(read, texts):
    column = pl.DataFrame({"text": texts})
    alone = [pl.DataFrame({"text": [text]}).select(read(pl.col("text"))).item() for text in texts]
    assert column.select(read(pl.col("text"))).to_series().to_list() == alone


@pytest.mark.parametrize("text", ["无", "Null", "ＮＵＬＬ", " 无 ", "—", "－", "暂无\n", "", "\u3000"])
def test_words_that_say_there_is_none_are_no_text(text):
    assert pl.select(stated(pl.lit(text))).item() is None


@pytest.mark.parametrize(
    ("filed", "meant"), [("大英縣", "大英县"), ("ａ1", "A1"), ("大 英", "大英"), ("大英", "大英"), ("", None)]
)
def test_what_is_not_plain_as_filed_is_folded(filed, meant):
    assert pl.select(plain(pl.lit(filed))).item() == meant
