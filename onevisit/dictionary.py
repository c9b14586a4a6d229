"""The data dictionary of every table a county keeps, as a page made from the models that check the tables.

What is published has a dictionary of its own in the open data, with Chinese notes.
"""

from collections.abc import Iterator

from onevisit.tables import STAGES, Column, Table, columns_of, models_of, stage_of, table_of

_HEAD = """# Data dictionary

Made from the table models by `make pages`; do not edit. A table is `<stage>.<table>` in DuckDB and
`exports/<year>/<stage>.<table>.parquet`; in DuckDB a column `year` stands in front.
*sealed*: personal, or of a kind that steers supervision; never in a log, a message or anything published.
*or empty*: the column may be null.
"""


def dictionary_page() -> str:
    """Return the page: every stage, table and column, in the order in which they are written."""
    return "\n".join([_HEAD, *(line for stage in STAGES for line in _stage(stage))])


def _stage(stage: str) -> Iterator[str]:
    yield f"## {stage}\n"
    for model in models_of(stage):
        yield from _table(model)


def _table(model: type[Table]) -> Iterator[str]:
    yield f"### {stage_of(model)}.{table_of(model)}\n"
    yield f"{' '.join((model.__doc__ or '').split())}\n"
    yield "| column | 中文 | type | description |\n| --- | --- | --- | --- |"
    yield from (_line(column) for column in columns_of(model))
    yield ""


def _line(column: Column) -> str:
    notes = [text for text, holds in (("or empty", column.nullable), ("unique", column.unique)) if holds]
    kind = ", ".join([column.type, *notes, *(["*sealed*"] if column.is_sealed else [])])
    cells = (f"`{column.name}`", column.title, kind, column.description)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
