"""The state of an object as departments word it, and as the register has it."""

import polars as pl

from onevisit.registries.cells import each_once
from onevisit.registries.names import plain

STATE_OF_STATUS = {
    "存续": "存续",
    "在业": "存续",
    "开业": "存续",
    "在营": "存续",
    "在册": "存续",
    "停业": "停业",
    "歇业": "停业",
    "吊销": "吊销",
    "吊销未注销": "吊销",
    "注销": "注销",
    "迁出": "迁出",
    "撤销": "撤销",
}
"""State by the word filed; an empty cell is 存续, since a department lists what it supervises."""

LIVING = "存续"


def state(status: pl.Expr) -> pl.Expr:
    """Return the state that a filed status means."""
    return each_once(status, _state, pl.String())


def _state(status: pl.Expr) -> pl.Expr:
    states = list(STATE_OF_STATUS.values())
    return plain(status).replace_strict(list(STATE_OF_STATUS), states, return_dtype=pl.String).fill_null(LIVING)
