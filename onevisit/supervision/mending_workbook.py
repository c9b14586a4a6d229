"""The workbook in which a department answers for its problems (整改清单).

Grey cells say what is wrong and are locked, yellow cells are filled in. It is written here; what comes back
is read in `mending_import.py`, which writes it once more, with the mistakes marked, when there are any.
"""

from dataclasses import dataclass

from onevisit.forms import Block, Form, FormColumn, Highlight
from onevisit.marking import Filled, add_errors, with_answers
from onevisit.supervision.measures import CONFERENCE, OFFICE
from onevisit.supervision.mending import WORDS
from onevisit.supervision.report import ProblemLine
from onevisit.text import chinese_day
from onevisit.workbooks import Book

TITLE = "整改清单"
NUMBER, ANSWER, WHY, BY, ON = "问题编号", "整改情况", "说明", "整改人", "整改日期"

_FILLED = f'{{{ANSWER}}}<>""'
MENDING = Form(
    TITLE,
    (
        FormColumn(NUMBER, 15, "code"),
        FormColumn("名录库", 19),
        FormColumn("规则", 18),
        FormColumn("文件和行号", 24),
        FormColumn("记录", 22),
        FormColumn("涉及行数", 9, "centre"),
        FormColumn("问题", 44),
        FormColumn("怎么改", 34),
        FormColumn("整改期限", 12, "centre"),
        FormColumn("整改状态", 11, "centre"),
        FormColumn(ANSWER, 12, "centre", is_input=True, choices=WORDS, prompt="从列表中选一个；还没有处理的留空。"),
        FormColumn(WHY, 26, is_input=True, prompt="属实未整改、不属实的必填：为什么，打算怎么办。"),
        FormColumn(BY, 10, "centre", is_input=True, prompt="填写姓名。"),
        FormColumn(ON, 13, "centre", is_input=True, prompt="写成 2027-11-20。"),
    ),
    key=(NUMBER,),
    highlights=(
        Highlight(WHY, f'AND({{{WHY}}}="",OR({{{ANSWER}}}="{WORDS[1]}",{{{ANSWER}}}="{WORDS[2]}"))', "wrong"),
        Highlight(BY, f'AND({_FILLED},{{{BY}}}="")', "wrong"),
        Highlight(ON, f'AND({_FILLED},{{{ON}}}="")', "wrong"),
        Highlight(ANSWER, _FILLED, "done"),
    ),
)


@dataclass(frozen=True, slots=True)
class Sent:
    """What a department is sent: its open problems of a year, and the data they were found in."""

    county: str
    year: int
    department: str
    problems: tuple[ProblemLine, ...]
    fingerprint: str


def mending_workbook(sent: Sent, *, filled: Filled | None = None) -> bytes:
    """Return a department's workbook; with `filled`, as it goes back: red cells, comments, 导入错误 in front."""
    filled = filled or Filled()
    blocks = with_answers(MENDING, blocks_of(sent), filled)
    book = Book(f"{sent.year}年度两库督查{TITLE}", f"{sent.county}　{sent.year}年度　{sent.department}　内部资料")
    book.facts({"表": TITLE, "年度": str(sent.year), "部门": sent.department, "数据指纹": sent.fingerprint})
    if filled.faults:
        add_errors(book, filled.faults, {MENDING.name: blocks}, key_title=NUMBER, what="答复")
    book.guide("填写说明", _guide(sent))
    book.form(MENDING, list(blocks.values()), note=f"{len(blocks):,} 条；黄色格填写，灰色格锁定")
    return book.content()


def blocks_of(sent: Sent) -> dict[str, Block]:
    """Return problem id -> its line as it is sent, in the order of the problem list."""
    return {line.problem_id: Block(lines=(_line(line),)) for line in sent.problems}


def _line(line: ProblemLine) -> dict[str, str]:
    row = f"第{line.row}行" if line.row else ""
    return {
        NUMBER: line.problem_id,
        "名录库": line.registry,
        "规则": line.rule,
        "文件和行号": " ".join(part for part in (line.file, line.sheet, row) if part),
        "记录": line.record,
        "涉及行数": str(line.row_count),
        "问题": line.detail,
        "怎么改": line.fix,
        "整改期限": line.due_on.isoformat(),
        "整改状态": line.state,
    }


def _guide(sent: Sent) -> list[tuple[str, list[str]]]:
    first_due = chinese_day(min(line.due_on for line in sent.problems))
    is_office = sent.department == OFFICE
    return [
        (
            f"请{sent.department}会同有关部门在{first_due}前整改，填好本表导入系统"
            if is_office
            else f"请{sent.department}在{first_due}前整改，填好本表交回联席会议办公室（县市场监管局）",
            [
                f"1．下一张表“{TITLE}”列出 {len(sent.problems)} 条问题，写明在哪个文件第几行、怎么改、何时改完。",
                "2．名录里的错误在报送的名录里改正，并重新报送；只填本表不改名录的，复查时仍会列出。",
                f"3．处理完一条，填黄色格：“{ANSWER}”从下拉列表里选，“{BY}”写姓名，“{ON}”写成 2027-11-20。",
                "4．灰色格已锁定，不要改动，也不要删行；还没有处理的留空，可以分几次交回。",
            ],
        ),
        (
            "三种整改情况",
            [
                "已整改：名录已经改正并重新报送；下次督查的数据里不再有这条问题，就销号，仍然有的，写“复查仍存在”。",
                f"属实未整改：问题属实，一时改不了；“{WHY}”写明原因和打算。",
                f"不属实：经核对没有这个问题；“{WHY}”写明依据，由{CONFERENCE if is_office else OFFICE}核定。",
            ],
        ),
        (
            "要注意的",
            [
                "答复一经导入即写入决定记录，记下何人、何时、怎样答复；以最后一次答复为准。",
                "本表每次督查都会重新生成，请另存一份填写，以 .xlsx 格式交回。表中不要填写他人的姓名、电话和证件号码。",
            ],
        ),
    ]
