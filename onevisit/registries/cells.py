"""Columns of filed texts read as what they hold: lists and dates. Intake has already refused what cannot be read."""

import polars as pl

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
