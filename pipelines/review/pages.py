"""The pages and what their forms do; the log is written in `acts.py`, the words are in `templates/`."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any, cast
from urllib.parse import quote, urlencode

from starlette.datastructures import UploadFile
from starlette.responses import Response

from assets.kept_plans import kept_plans
from onevisit.errors import Problem, RefusedError
from onevisit.plan.answers import Reply, check_pair, named_row
from onevisit.plan.questions import Question, pair_question, progress
from onevisit.plan.review_workbook import changes_since
from onevisit.plan.rulings import ANSWERS, TITLES, Topic, subject_of
from onevisit.plan.schemes import STATES, scheme_file
from onevisit.plan.signoff import approve_entry
from onevisit.plan.versions import versions_of
from pipelines.review import acts, lists, render
from pipelines.review.access import token_of
from pipelines.review.desk import View
from pipelines.review.visit import Visit
from pipelines.reviewing import Outcome, take_workbook

CARDS_PER_PAGE = 20
RECORDS_PER_PAGE = 100

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def login(visit: Visit) -> Response:
    """Ask for the token."""
    return visit.page("login.html", is_wrong=False)


def log_in(visit: Visit) -> Response:
    """Let in who has a token, under a new session."""
    folders, year = visit.desk.settings.folders, visit.desk.year
    token = token_of(folders, year, visit.field("token"), visit.sessions.clock())
    if token is None:
        return visit.page("login.html", status=403, is_wrong=True)
    visit.sessions.close(visit.session.key)
    visit.session = visit.sessions.open(token)
    return visit.go("/")


def log_out(visit: Visit) -> Response:
    """End the session."""
    visit.sessions.close(visit.session.key)
    visit.session = visit.sessions.open()
    return visit.go("/login")


def home(visit: Visit) -> Response:
    """Show what is to do; a participant sees its department's tasks."""
    view = visit.desk.look()
    if visit.person.role == "participant":
        return _department(visit, view)
    return visit.page(
        "home.html",
        view=view,
        progress=progress(view.questions),
        departments=lists.waiting_by_department(view),
        words={state: view.words.filter(state=state).height for state in STATES},
    )


def questions(visit: Visit) -> Response:
    """Show questions one by one, filtered by topic, department and how far they are."""
    view = visit.desk.look()
    chosen = {name: visit.query(name) for name in ("topic", "department", "state")}
    chosen["state"] = chosen["state"] if chosen["state"] in lists.STATES else "waiting"
    found = lists.cards(view, **chosen)
    number = max(1, min(_number(visit.query("page")), -(-len(found) // CARDS_PER_PAGE)))
    shown = found[(number - 1) * CARDS_PER_PAGE : number * CARDS_PER_PAGE]
    topic = cast(Topic, chosen["topic"])
    is_batch = topic in lists.BATCH and chosen["state"] == "waiting" and visit.person.role == "reviewer"
    return visit.page(
        "questions.html",
        view=view,
        chosen=chosen,
        states=lists.STATES,
        topics=[one.topic for one in progress(view.questions)],
        departments=visit.desk.county.department_names,
        cards=shown,
        found_count=len(found),
        pages=[(n, _address(chosen, n)) for n in range(1, -(-len(found) // CARDS_PER_PAGE) + 1)],
        number=number,
        batch_word=ANSWERS[topic][lists.BATCH[topic]] if is_batch and shown else "",
        back=_address(chosen, number),
        **_blank(),
    )


def answer(visit: Visit) -> Response:
    """Record one answer, or show the question again with what is wrong; nothing typed is lost."""
    topic, subject = cast(Topic, visit.field("topic")), visit.kept("subject")
    reply = Reply(visit.field("word"), visit.field("value"), visit.field("why"), visit.person.by)
    answered = acts.Answered(topic, subject, reply, visit.field("seen"))

    def then(after: View) -> Response:
        question = acts.question_of(after, topic, subject)
        visit.about = f"{topic} {subject}"
        said = _said(question) if question else "已记入：撤回原决定；计划里已经没有这个问题。"
        if visit.is_partial:
            return _piece(visit, after, question, said=said)
        visit.say(said)
        return visit.go(f"{_back(visit)}#{lists.anchor_of(question)}" if question else _back(visit))

    try:
        return acts.answer_questions(visit.desk, visit.person, [answered], then)
    except RefusedError as refused:
        return _refused_answer(visit, answered, refused)


def answer_all(visit: Visit) -> Response:
    """Record the same plain answer to every question of a page, all or none."""
    word = visit.field("word")
    fields = (visit.form.getlist(name) for name in ("topic", "subject", "seen"))
    answers = [
        acts.Answered(cast(Topic, topic), str(subject), Reply(word, by=visit.person.by), str(seen))
        for topic, subject, seen in zip(*fields, strict=True)
        if ANSWERS.get(cast(Topic, topic), {}).get(lists.BATCH.get(cast(Topic, topic), "withdrawn")) == word
    ]
    try:
        acts.answer_questions(visit.desk, visit.person, answers, lambda after: None)
    except RefusedError as refused:
        _pass_on(visit, refused)
        visit.say("一条也没有记入：" + _texts(refused.problems), kind="bad")
        return visit.go(_back(visit))
    visit.about = f"{len(answers)} × {word}"
    visit.say(f"已记入 {len(answers)} 条决定：{word}。")
    return visit.go(_back(visit))


def merges(visit: Visit) -> Response:
    """Show every proposed merge with its figures."""
    view = visit.desk.look()
    steps = [(step, _question_of_step(view, step)) for step in view.tables.proposals.sort("step").iter_rows(named=True)]
    return visit.page(
        "merges.html",
        view=view,
        steps=steps,
        prices=lists.prices(view),
        neighbours=lists.kept_apart(view),
        **_pair_fields(visit),
    )


def merge(visit: Visit) -> Response:
    """Show one proposed merge: before, after, and what it shuts out."""
    view, number = visit.desk.look(), int(visit.request.path_params["step"])
    found = view.tables.proposals.filter(step=number)
    if found.is_empty():
        visit.say(f"本版计划没有第{number}步合并建议。", kind="bad")
        return visit.go("/merges")
    [step] = found.iter_rows(named=True)
    rows = {row["plan_row_id"]: row for row in view.tables.submitted.iter_rows(named=True)}
    task = next(
        (one for one in view.tables.tasks.iter_rows(named=True) if step["left_rows"][0] in one["plan_rows"]), None
    )
    return visit.page(
        "merge.html",
        view=view,
        step=step,
        sides=[[rows[row] for row in step[side]] for side in ("left_rows", "right_rows")],
        task=task,
        last=view.tables.proposals.height,
        card=lists.Card(_question_of_step(view, step)),
        items=_item_names(view, step["item_codes"]),
        back=f"/merges/{number}",
        **{**_blank(), "is_brief": True},
    )


def pair(visit: Visit) -> Response:
    """Show the question whether two plan rows a reviewer names must, or must not, go together."""
    view = visit.desk.look()
    one, other = (named_row(view.tables, visit.query(name)) for name in ("one", "other"))
    if flaws := check_pair(view.tables, one, other):
        for flaw in flaws:
            visit.say(f"{flaw.problem.reason}{flaw.problem.fix}", kind="bad")
        return visit.go(f"/merges?{urlencode({'one': one, 'other': other})}")
    card = lists.Card(pair_question(view.tables, one, other))
    return visit.page("pair.html", view=view, card=card, back="/merges", **_blank())


def versions(visit: Visit) -> Response:
    """Show what differs from the version signed last, what rulings changed, and the versions people signed."""
    view, desk = visit.desk.look(), visit.desk
    signed = versions_of(view.log)
    kept = kept_plans(desk.settings.folders, desk.year)
    return visit.page(
        "versions.html",
        view=view,
        last=signed[-1] if signed else None,
        changes=changes_since(view.log, kept, view.plan.signed),
        versions=lists.versions(view),
        changed=lists.changing(view.questions),
    )


def upload(visit: Visit) -> Response:
    """Ask for the filled workbook."""
    return _upload_page(visit)


def take_upload(visit: Visit) -> Response:
    """Record a filled workbook, or show its mistakes and offer it with them marked."""
    file = visit.form.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        visit.say("没有选择文件。", kind="bad")
        return visit.go("/upload")
    try:
        name, data = PurePath(file.filename).name, file.file.read()
        outcome = take_workbook(visit.desk, name, data, by=visit.person.by)
        visit.about = f"SHA-256 {hashlib.sha256(data).hexdigest()}"
    except RefusedError as refused:
        _pass_on(visit, refused)
        outcome = Outcome("没有记入：不能读取这个文件。", refused.problems, is_refused=True)
    visit.session.marked = outcome.marked
    return _upload_page(visit, outcome)


def marked(visit: Visit) -> Response:
    """Give the last uploaded workbook back, marked."""
    if visit.session.marked is None:
        visit.say("没有标红的审核表可以下载；上传之后才有。", kind="bad")
        return visit.go("/upload")
    name = quote("年度抽查计划审核表（标红）.xlsx")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return Response(visit.session.marked, media_type=XLSX, headers=headers)


def sign(visit: Visit) -> Response:
    """Show all that is signed for, and the button when nothing stands in the way."""
    return _sign_page(visit, visit.desk.look())


def take_signature(visit: Visit) -> Response:
    """Record a review or an approval, or show why not; nothing typed is lost."""
    why, note = visit.field("why"), visit.field("public_note")
    try:
        acts.sign(visit.desk, visit.person, seen=visit.field("seen"), why=why, public_note=note, channel=acts.PAGE)
    except RefusedError as refused:
        _pass_on(visit, refused)
        return _sign_page(visit, visit.desk.look(), refused=refused.problems, why=why, note=note)
    visit.about = _newest(visit)
    visit.say("已记入：同意本版计划（审核）。" if visit.person.role == "reviewer" else "已记入：同意本版计划（签批）。")
    return visit.go("/sign")


def take_withdrawal(visit: Visit) -> Response:
    """Record that a review or an approval is taken back."""
    why = visit.field("why")
    try:
        acts.withdraw(visit.desk, visit.person, why=why, channel=acts.PAGE)
    except RefusedError as refused:
        _pass_on(visit, refused)
        return _sign_page(visit, visit.desk.look(), refused=refused.problems, back_why=why)
    visit.about = _newest(visit)
    visit.say("已记入：撤回对本版计划的同意。")
    return visit.go("/sign")


def take_word(visit: Visit) -> Response:
    """Record what a department says of a scheme, or show why not; nothing typed is lost."""
    task_id, word = visit.field("task_id"), visit.field("word")
    try:
        acts.speak(visit.desk, visit.person, task_id, word=word, why=visit.field("why"), seen=visit.field("seen"))
    except RefusedError as refused:
        _pass_on(visit, refused)
        return _department(visit, visit.desk.look(), refused=refused.problems)
    visit.about = f"{task_id} {word}"
    visit.say(f"已记入：任务{task_id}的联合抽查方案，{visit.person.department}{word}。")
    return visit.go("/")


def scheme(visit: Visit) -> Response:
    """Give the Word document of a scheme to a department that takes part in it."""
    task_id, desk = visit.request.path_params["task_id"], visit.desk
    found = desk.look().tables.tasks.filter(task_id=task_id)
    [task] = found.to_dicts() or [None]
    path = desk.settings.folders.schemes(desk.year) / scheme_file(task) if task else None
    if task is None or path is None or visit.person.department not in task["departments"] or not path.exists():
        visit.say("这个任务的方案还没有形成；计划整合之后才有。", kind="bad")
        return visit.go("/")
    visit.about = task["task_id"]
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(path.name)}"}
    return Response(path.read_bytes(), media_type=DOCX, headers=headers)


def log(visit: Visit) -> Response:
    """Show the decision log, newest record first; its chain was verified on reading."""
    view = visit.desk.look()
    records = view.log[::-1]
    count = max(1, -(-len(records) // RECORDS_PER_PAGE))
    number = max(1, min(_number(visit.query("page")), count))
    return visit.page(
        "log.html",
        view=view,
        records=records[(number - 1) * RECORDS_PER_PAGE : number * RECORDS_PER_PAGE],
        pages=[(n, f"/log?page={n}") for n in range(1, count + 1)],
        number=number,
    )


def _department(visit: Visit, view: View, *, refused: Sequence[Problem] = ()) -> Response:
    department = visit.person.department
    names = dict(view.tables.tasks.select("task_id", "name").iter_rows())
    own = view.plan.signed.task_items.filter(department=department)
    tasks = [
        (task, _item_names(view, sorted(set(own.filter(task_id=task["task_id"])["item_code"]))))
        for task in view.tables.tasks.sort("task_id").iter_rows(named=True)
        if department in task["departments"]
    ]
    return visit.page(
        "department.html",
        status=422 if refused else 200,
        view=view,
        tasks=tasks,
        schemes=[(row, names[row["task_id"]], acts.scheme_seen(row)) for row in acts.scheme_rows(view, department)],
        words=list(ANSWERS["scheme"].values()),
        refused=refused,
        typed={name: visit.field(name) for name in ("task_id", "word", "why")},
    )


def _upload_page(visit: Visit, outcome: Outcome | None = None) -> Response:
    is_refused = outcome is not None and outcome.is_refused
    return visit.page("upload.html", status=422 if is_refused else 200, view=visit.desk.look(), outcome=outcome)


def _sign_page(
    visit: Visit,
    view: View,
    *,
    refused: Sequence[Problem] = (),
    why: str = "",
    note: str = "",
    back_why: str = "",
) -> Response:
    tables = view.tables
    return visit.page(
        "sign.html",
        status=422 if refused else 200,
        view=view,
        refused=refused,
        hindrances=_hindrances(visit, view),
        is_note_needed=visit.person.role == "approver" and _is_note_needed(visit, view),
        why=why,
        note=note,
        back_why=back_why,
        waiting=[one for one in progress(view.questions) if one.asked_count > one.decided_count],
        ruled_count=sum(one.standing is not None for one in view.questions),
        refused_count=tables.refused["plan_row_id"].n_unique(),
    )


def _hindrances(visit: Visit, view: View) -> list[Problem]:
    """Return why this person cannot sign this version now, a note for the public that is still to be written aside."""
    return [one for one in _sign_problems(visit, view) if one.code != "P084"]


def _is_note_needed(visit: Visit, view: View) -> bool:
    return any(one.code == "P084" for one in _sign_problems(visit, view))


def _sign_problems(visit: Visit, view: View) -> Sequence[Problem]:
    try:
        approve_entry(
            view.log,
            view.fingerprint,
            acts.signature_of(visit.desk, visit.person, channel=acts.PAGE),
            year=view.year,
            blockers=view.blockers,
        )
    except RefusedError as refused:
        return refused.problems
    return []


def _refused_answer(visit: Visit, answered: acts.Answered, refused: RefusedError) -> Response:
    _pass_on(visit, refused)
    view = visit.desk.look()
    question = acts.question_of(view, answered.topic, answered.subject)
    if visit.is_partial:
        return _piece(visit, view, question, reply=answered.reply, problems=refused.problems)
    if question is None:
        visit.say(_texts(refused.problems), kind="bad")
        return visit.go(_back(visit))
    return visit.page(
        "answer.html",
        status=422,
        view=view,
        card=lists.Card(question),
        back=_back(visit),
        **{**_blank(), "reply": answered.reply, "problems": refused.problems},
    )


def _piece(
    visit: Visit,
    view: View,
    question: Question | None,
    *,
    reply: Reply | None = None,
    problems: Sequence[Problem] = (),
    said: str = "",
) -> Response:
    """Return one question anew, for the place it had on the page."""
    values = {**_blank(), "reply": reply, "problems": problems, "said": said, "is_focused": True}
    values["is_brief"] = bool(visit.field("is_brief"))
    card = lists.Card(question) if question else None
    return render.page("piece.html", visit.context(view=view, card=card, back=_back(visit), **values))


def _blank() -> dict[str, Any]:
    """Return what a question's form holds before anybody typed."""
    return {"reply": None, "problems": (), "said": "", "is_focused": False, "is_brief": False}


def _question_of_step(view: View, step: Mapping[str, Any]) -> Question:
    return view.by_key["merge", subject_of("merge", step["left_rows"], step["right_rows"])]


def _item_names(view: View, codes: Sequence[str]) -> list[tuple[str, str]]:
    names = dict(view.tables.items.select("item_code", "item_name").iter_rows())
    return [(code, names[code]) for code in codes]


def _pair_fields(visit: Visit) -> dict[str, Any]:
    return {"one": visit.query("one"), "other": visit.query("other")}


def _said(question: Question) -> str:
    if question.standing is None:
        return f"已记入：撤回对“{question.title}”的决定。"
    standing = question.standing
    value = f"：{standing.value}" if standing.value else ""
    return f"已记入决定记录第{standing.seq}条：{TITLES[question.topic]}“{question.title}”{standing.word}{value}。"


def _pass_on(visit: Visit, refused: RefusedError) -> None:
    """Note what was refused; a log that was tampered with stops everything, whatever the page."""
    visit.note(refused)
    if any(problem.code == "P060" for problem in refused.problems):
        raise refused


def _newest(visit: Visit) -> str:
    """Return what names the plan somebody just put a name to."""
    return f"plan {visit.desk.look().fingerprint[:12]}"


def _texts(problems: Sequence[Problem]) -> str:
    return "".join(f"{one.reason}{one.fix}" for one in problems)


def _back(visit: Visit) -> str:
    """Return where a form came from: a path of this page, and nothing else."""
    back = visit.field("back")
    return back if back.startswith("/") and not back.startswith(("//", "/\\")) else "/"


def _address(chosen: Mapping[str, str], number: int) -> str:
    return f"/questions?{urlencode({**chosen, 'page': number}, quote_via=quote)}"


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1
