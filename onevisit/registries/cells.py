"""Columns of filed texts read as what they hold: lists, dates, codes. Intake has refused what cannot be read."""

import polars as pl

from onevisit.codes import classify

_BLANK_WORDS = ["", "无", "NULL", "-", "/", "—", "暂无", "不详"]


def listed(text: pl.Expr) -> pl.Expr:
    """Return a cell's values, sorted, each once; words that say there is none are left out."""
    parts = text.fill_null("").str.normalize("NFKC").str.replace_all(r"[,;/|\n]", "、").str.split("、")
    return (
        parts.list.eval(pl.element().str.strip_chars())
        .list.eval(pl.element().filter(~pl.element().is_in(_BLANK_WORDS)))
        .list.unique()
        .list.sort()
    )


def stated(text: pl.Expr) -> pl.Expr:
    """Return a cell's text without blanks around it; null where it says there is none."""
    stripped = text.str.strip_chars()
    return pl.when(~stripped.str.normalize("NFKC").str.to_uppercase().is_in(_BLANK_WORDS)).then(stripped)


def dated(text: pl.Expr) -> pl.Expr:
    """Return the date of a cell that intake brought to ISO form."""
    return text.str.to_date("%Y-%m-%d")


def with_code_kinds(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows with `code_kind` and with `code` in canonical form (see `codes.classify`)."""
    read = {code: classify(code) for code in rows.get_column("code").unique()}
    kinds, canonical = ([found[place] for found in read.values()] for place in (0, 1))
    code = pl.col("code")
    return rows.with_columns(
        code_kind=code.replace_strict(list(read), kinds, return_dtype=pl.String),
        code=code.replace_strict(list(read), canonical, return_dtype=pl.String),
    )
