"""A document as one HTML page by itself, for portals that take nothing but attachments.

No script, nothing loaded from anywhere; it prints on A4 and reads on a phone. Every text is escaped.
"""

import base64
import re
from html import escape

from onevisit.documents.content import (
    Alert,
    Align,
    Attachments,
    Block,
    Document,
    Heading,
    Image,
    Paragraph,
    Part,
    Signature,
    Table,
    insets,
)

_DIGEST = re.compile(r"[0-9a-f]{64}")
_STYLE = """
:root{color-scheme:light}
body{margin:0;background:#fff;color:#111;
font:1.125rem/1.9 FangSong,STFangsong,"Noto Serif SC","Noto Serif CJK SC",serif}
main{max-width:45rem;margin:0 auto;padding:2rem 1rem}
h1,section>h2{font-family:"FZXiaoBiaoSong-B05S",STZhongsong,"Noto Serif SC","Noto Serif CJK SC",serif;font-weight:700;
text-align:center;line-height:1.5;text-wrap:balance}
h1{font-size:1.75rem}
section>h2{font-size:1.5rem}
h2,h3,.label,.alert,th{font-family:SimHei,"Noto Sans SC","Noto Sans CJK SC",sans-serif}
h2,h3{font-size:1.125rem;font-weight:400;margin:0;padding-left:2em}section>h2{padding:0;margin:.5em 0}
p{margin:0;text-indent:2em;text-align:justify;overflow-wrap:anywhere}
.note,.label,.flush{text-indent:0}.note{color:#8a1c1c}.alert{color:#c00000}
.attached{margin:1.9em 0;padding-left:2em}.attached p{text-indent:0}.attached p+p{padding-left:3em}
.signed{margin-top:1.9em}.signed p{text-align:right;text-indent:0}
section{margin-top:3rem;border-top:1px solid #bbb;padding-top:1rem}
.wide{overflow-x:auto;margin:1rem 0}
table{border-collapse:collapse;width:100%;font:.9375rem/1.5 SimSun,STSong,"Noto Serif SC","Noto Serif CJK SC",serif}
caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
th,td{border:1px solid #555;padding:.25rem .5rem;text-align:left;overflow-wrap:anywhere;min-width:3em}
th{text-align:center;font-weight:400;background:#f3f3f3}
.center{text-align:center}.right{text-align:right}
figure{margin:1rem 0;text-align:center}
img{max-width:100%}
@media print{.first{break-before:page}
section{break-before:page;border:0;margin:0}.wide{overflow:visible}thead{display:table-header-group}
tr{break-inside:avoid}@page{size:A4;margin:37mm 26mm 35mm 28mm}main{max-width:none;padding:0}}
"""


def html(document: Document) -> bytes:
    """Return the document as one HTML page in UTF-8."""
    parts: list[str] = []
    caption, is_open = document.title, False
    for block in document.blocks:
        if isinstance(block, Part):
            parts.append("</section>" if is_open else "")
            caption, is_open = block.title, True
        parts.append(_markup(block, caption))
    body = "\n".join(part for part in [*parts, "</section>" if is_open else ""] if part)
    note = f'<p class="note">{escape(document.notice)}</p>\n' if document.notice else ""
    title = escape(document.title.replace("\n", ""))
    return (
        f'<!DOCTYPE html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{title}</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n{note}<h1>{_text(document.title)}</h1>\n{body}\n</main>\n</body>\n</html>\n"
    ).encode()


def _markup(block: Block, caption: str) -> str:
    match block:
        case Heading(text, level, is_on_new_page):
            mark = ' class="first"' if is_on_new_page else ""
            return f"<h{level + 1}{mark}>{_text(text)}</h{level + 1}>"
        case Part(title, label):
            mark = f'<p class="label">{escape(label)}</p>' if label else ""
            return f"<section>{mark}<h2>{_text(title)}</h2>"
        case Attachments():
            return _lines("attached", block.lines())
        case Alert(text):
            return f'<p class="alert">{_text(text)}</p>'
        case Paragraph(text, is_flush):
            mark = ' class="flush"' if is_flush else ""
            return f"<p{mark}>{_text(text)}</p>"
        case Signature(lines):
            shown = "".join(
                f'<p style="padding-right:{inset:g}em">{_text(line)}</p>'
                for line, inset in zip(lines, insets(block), strict=True)
            )
            return f'<div class="signed">{shown}</div>'
        case Table():
            return _table(block, caption)
        case Image(png, shown, _):
            data = base64.b64encode(png).decode()
            alt = escape(shown)
            return (
                f'<figure><img src="data:image/png;base64,{data}" alt="{alt}"><figcaption>{alt}</figcaption></figure>'
            )


def _table(table: Table, caption: str) -> str:
    heads = zip(table.head, table.aligns, strict=True)
    head = "".join(f'<th scope="col"{_side(side)}>{_text(title)}</th>' for title, side in heads)
    lines = [zip(row, table.aligns, strict=True) for row in table.rows]
    rows = "\n".join(
        f"<tr>{''.join(f'<td{_side(side)}>{_text(cell)}</td>' for cell, side in row)}</tr>" for row in lines
    )
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody></table></div>"
    )


def _side(side: Align) -> str:
    return "" if side == "left" else f' class="{side}"'


def _lines(name: str, lines: "list[str] | tuple[str, ...]") -> str:
    return f'<div class="{name}">{"".join(f"<p>{_text(line)}</p>" for line in lines)}</div>'


def _text(text: str) -> str:
    # A digest that must not break leaves the line before it torn apart.
    return _DIGEST.sub(lambda found: f"<wbr>{'<wbr>'.join(found.group())}", escape(text)).replace("\n", "<br>")
