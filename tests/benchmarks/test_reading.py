"""The benchmark of reading runs on two small files; its figures mean nothing and none is timed here."""

from benchmarks.reading import Setting, measured
from onevisit.county import County
from onevisit.filings.intake import Document
from onevisit.workbooks import Book, Column


def test_every_row_is_read_by_all_three_and_told(county: County):
    book = Book("名录", "大英县")
    book.table("检查对象", [Column("名称", 20)], [["一店"], ["二店"]])
    filed = [Document("检查对象名录.xlsx", book.content()), Document("检查对象名录（二）.csv", "名称\n三店\n".encode())]
    (row,) = measured(Setting(county, {county.department_names[0]: filed}, 1))
    assert row.lists.startswith("2 files")
    assert "openpyxl" in row.beside
