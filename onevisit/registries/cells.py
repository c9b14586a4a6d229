"""Columns of filed texts read as what they hold: lists, dates, codes. Intake has refused what cannot be read."""

from collections.abc import Callable

import numpy as np
import polars as pl

from onevisit.codes import USCC_ALPHABET, USCC_WEIGHTS, classify

_BLANK_WORDS = ["", "无", "NULL", "-", "/", "—", "暂无", "不详"]
HAN = r"\x{3400}-\x{4dbf}\x{4e00}-\x{9fff}"
"""Chinese characters that have one form: neither compatibility forms nor radicals; for a pattern."""
_UNSURE = rf"^(?:{'|'.join(_BLANK_WORDS)})$|[^{HAN}!-`{{-~]"
# With a letter that no ID number has; such a text in canonical form is a credit code or nothing.
_LETTERED_CODE = rf"^[{USCC_ALPHABET}]*[A-HJ-NP-RTUWY][{USCC_ALPHABET}]*$"
_VALUES = np.zeros(128, np.int64)
_VALUES[np.frombuffer(USCC_ALPHABET.encode(), np.uint8)] = np.arange(len(USCC_ALPHABET))
_WEIGHTS = np.array([*USCC_WEIGHTS, 1])


def each_once(text: pl.Expr, read: Callable[[pl.Expr], pl.Expr], to: pl.DataType) -> pl.Expr:
    """Return what is read of a column that says few things many times: each is read once."""

    def answers(texts: pl.Series) -> pl.Series:
        known = pl.DataFrame({"text": texts.unique()}).with_columns(answer=read(pl.col("text")))
        said = pl.DataFrame({"text": texts})
        found = said.join(known, on="text", how="left", nulls_equal=True, maintain_order="left")
        return found.get_column("answer").alias(texts.name)

    return text.map_batches(answers, return_dtype=to)


def read_where(text: pl.Expr, odd: str, read: Callable[[pl.Expr], pl.Expr]) -> pl.Expr:
    """Return texts, read only where the pattern `odd` is found: the others must be what would be read of them.

    Most texts are, and seeing that takes a tenth of the time of reading them.
    """

    def answers(texts: pl.Series) -> pl.Series:
        places = texts.str.contains(odd).arg_true()
        if places.is_empty():
            return texts
        return texts.clone().scatter(places, pl.select(read(pl.lit(texts.gather(places)))).to_series())

    return text.map_batches(answers, return_dtype=pl.String, is_elementwise=True)


def listed(text: pl.Expr) -> pl.Expr:
    """Return a cell's values, sorted, each once; words that say there is none are left out."""
    return each_once(text, _listed, pl.List(pl.String()))


def _listed(text: pl.Expr) -> pl.Expr:
    parts = text.fill_null("").str.normalize("NFKC").str.replace_all(r"[,;/|\n]", "、").str.split("、")
    return (
        parts.list.eval(pl.element().str.strip_chars())
        .list.eval(pl.element().filter(~pl.element().is_in(_BLANK_WORDS)))
        .list.unique()
        .list.sort()
    )


def stated(text: pl.Expr) -> pl.Expr:
    """Return a cell's text without blanks around it; null where it says there is none."""
    return read_where(text, _UNSURE, _stated)


def _stated(text: pl.Expr) -> pl.Expr:
    stripped = text.str.strip_chars()
    return pl.when(~stripped.str.normalize("NFKC").str.to_uppercase().is_in(_BLANK_WORDS)).then(stripped)


def dated(text: pl.Expr) -> pl.Expr:
    """Return the date of a cell that intake brought to ISO form."""
    return text.str.to_date("%Y-%m-%d")


def with_code_kinds(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows with `code_kind` and with `code` in canonical form (see `codes.classify`)."""
    codes = rows.select(pl.col("code").unique())
    is_credit = _is_plain_credit_code(codes.get_column("code"))
    others = codes.filter(~is_credit)
    read = [classify(code) for code in others.get_column("code")]
    kinds, canonical = (pl.Series([found[place] for found in read], dtype=pl.String) for place in (0, 1))
    known = pl.concat(
        [
            codes.filter(is_credit).with_columns(code_kind=pl.lit("uscc"), canonical="code"),
            others.with_columns(code_kind=kinds, canonical=canonical),
        ]
    )
    found = rows.join(known, on="code", how="left", nulls_equal=True, maintain_order="left")
    return found.with_columns(code="canonical").drop("canonical")


def _is_plain_credit_code(codes: pl.Series) -> pl.Series:
    """Tell which codes are credit codes in canonical form; of the others `classify` tells, which takes longer."""
    is_lettered = codes.str.contains(_LETTERED_CODE) & (codes.str.len_bytes() == len(_WEIGHTS))
    lettered = codes.filter(is_lettered)
    characters = np.frombuffer(lettered.str.join("").item().encode(), np.uint8).reshape(-1, len(_WEIGHTS))
    checked = lettered.filter(pl.Series(_VALUES[characters] @ _WEIGHTS % len(USCC_ALPHABET) == 0))
    return codes.is_in(checked.implode()).fill_null(value=False)
