"""Tables of the draw stage, rebuilt from the trail on every run; nothing here draws."""

import datetime as dt

from onevisit.tables import Table, field


class Rounds(Table):
    """Draw rounds (抽取场次): tasks that are drawn together, shortly before their windows open."""

    serial: str = field(
        title="场次编号",
        unique=True,
        str_matches=r"^\d{6}-\d{4}-\d{2}-[1-9]\d*$",
        description="county-year-round-attempt, content of DRAW",
    )
    round_no: int = field(title="场次", ge=1, description="Number within the year")
    task_ids: list[str] = field(title="任务", description="Tasks drawn, sorted")
    disclosure: str = field(
        title="公开方式", isin=["open", "witnessed"], description="witnessed where risk classes apply"
    )
    draws_on: dt.date = field(
        title="抽取日期", description="Day of the draw, at most five working days before any window opens"
    )
    opens_on: dt.date = field(title="最早检查日期", description="First day of the earliest window")
    locked_until: dt.date = field(
        title="时间锁", description="Day the round's last window opens: seed, trail and reveals are public from then on"
    )
    state: str = field(title="状态", isin=["drawn", "void"], description="A void attempt stays for ever")
    commitment: str = field(title="冻结指纹", str_matches=r"^[0-9a-f]{64}$", description="C, SHA-256 of MANIFEST")
    merkle_root: str = field(title="名录根", str_matches=r"^[0-9a-f]{64}$", description="ROOT")
    seed: str = field(is_sealed=True, title="种子", nullable=True, description="SEED; null when void")
    trail_head: str = field(
        title="留痕链首",
        str_matches=r"^[0-9a-f]{64}$",
        description="SHA-256 of the last line of TRAIL when drawn or given up",
    )
    plan_fingerprint: str = field(title="计划指纹", description="Fingerprint of the signed-off plan")
    approval_hash: str = field(title="签批记录摘要", description="Hash of the decision record that signed the plan off")
    object_count: int = field(title="名录对象数", ge=0, description="Objects frozen")
    drawn_count: int = field(title="抽中对象数", ge=0, description="Distinct objects drawn, substitutes not counted")
    is_demonstration: bool = field(title="示例", description="Whether the ceremony was scripted")


class Frozen(Table):
    """Files frozen before each draw, with their fingerprints (MANIFEST)."""

    serial: str = field(title="场次编号", description="Round")
    file: str = field(title="文件", description="Name in MANIFEST")
    sha256: str = field(title="指纹", str_matches=r"^[0-9a-f]{64}$", description="SHA-256")
    line_count: int = field(title="行数", ge=0, description="Lines")


class Drawn(Table):
    """Objects drawn, per task and plan row."""

    serial: str = field(title="场次编号", description="Round")
    task_id: str = field(title="任务编号", description="Task")
    plan_row_id: str = field(title="抽查计划编号", description="Plan row (item of the protocol)")
    stratum: str = field(
        is_sealed=True,
        title="层",
        isin=["A", "B", "C", "D", "N"],
        description="Class, N when not applied; never published in witnessed rounds",
    )
    object_id: str = field(title="对象编号", description="Object drawn")
    ticket: str = field(
        is_sealed=True,
        title="票号",
        str_matches=r"^[0-9a-f]{64}$",
        description="SHA-256 ticket; never published in witnessed rounds",
    )


class Batches(Table):
    """Order of checking, by lot (检查批次)."""

    serial: str = field(title="场次编号", description="Round")
    task_id: str = field(title="任务编号", description="Task")
    object_id: str = field(title="对象编号", description="Object")
    batch: int = field(title="批次", ge=1, description="Batch, from 1")


class Substitutes(Table):
    """Replacements for lost objects, in order (递补)."""

    serial: str = field(title="场次编号", description="Round")
    number: int = field(title="序号", ge=1, description="Number of the substitution in the round")
    task_id: str = field(title="任务编号", description="Task")
    plan_row_id: str = field(title="抽查计划编号", description="Plan row")
    lost_id: str = field(title="退出对象", description="Object that was lost")
    new_id: str = field(title="递补对象", nullable=True, description="Object taken instead, null when none is left")


class Trail(Table):
    """The trail of every round (全程留痕): one hash-chained line per event."""

    serial: str = field(title="场次编号", description="Round and attempt the line belongs to")
    number: int = field(title="序号", ge=1, description="Line number")
    at: str = field(title="时间", description="ISO 8601 with +08:00")
    event: str = field(
        title="事件",
        isin=[
            "freeze",
            "root",
            "commit",
            "reveal",
            "seed",
            "drawn",
            "batches",
            "substitute",
            "recusal",
            "plan",
            "void",
        ],
        description="Event of the protocol",
    )
    payload_sha256: str = field(title="内容指纹", str_matches=r"^[0-9a-f]{64}$", description="SHA-256 of the payload")
    previous_sha256: str = field(
        title="上一行指纹", str_matches=r"^[0-9a-f]{64}$", description="SHA-256 of the previous line with its LF"
    )
