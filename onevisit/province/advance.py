"""One county carried through its stages: parcels in, parcels out. This is the function every engine calls."""

import errno
import json
import time
import traceback
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field

from onevisit.errors import RefusedError, problem
from onevisit.province.digest import code_version, table_digest
from onevisit.province.stages import STAGES
from onevisit.province.work import ORDER, Order, Parcels, Seconds, Work, parquet, work_of

TOLD = "told.json"


@dataclass(frozen=True, slots=True)
class Told:
    """How a stage of a county ended, beside its tables: `<stage>/told.json`."""

    rows: dict[str, int]
    """`<stage>/<table>` -> rows."""
    digests: dict[str, str]
    """`<stage>/<table>` -> `table_digest`."""
    reasons: tuple[str, ...] = ()
    """Why it failed, in Chinese; none when it did not. Nothing personal."""
    seconds: float = 0.0
    """By the clock, making its tables into parcels among them."""
    processor_seconds: float = 0.0
    parts: Seconds = field(default_factory=Seconds)
    """Some parts of the stage."""

    def content(self) -> bytes:
        """Return it as a parcel."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True).encode()

    @classmethod
    def of(cls, content: bytes) -> "Told":
        """Return it from its parcel."""
        told = json.loads(content)
        parts = {part: (clock, used) for part, (clock, used) in told.get("parts", {}).items()}
        return cls(**told | {"reasons": tuple(told["reasons"]), "parts": parts})


def is_want_of_memory(error: BaseException | None) -> bool:
    """Tell whether an error came of too little memory: Python's own, or the system's answer to any call."""
    return isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM)


def advance(parcels: Parcels) -> dict[str, bytes]:
    """Run the stages ordered of one county.

    Returns, for every stage up to the first that fails, `<stage>/told.json` and `<stage>/<table>.parquet`;
    a failed stage has no tables. Never raises for what is wrong with a county.
    """
    order = Order.of(parcels[ORDER])
    if order.code != code_version():
        return failed(order.stages[0], [problem("N004", value=code_version(), wanted=order.code).text("zh")])
    made: dict[str, bytes] = {}
    work: Work | None = None
    for stage in order.stages:
        started, used = time.perf_counter(), time.process_time()
        try:
            work = work or work_of(parcels)
            tables = STAGES[stage](work)
            names = work.keep(tables)
        except RefusedError as refused:
            return made | failed(stage, [one.text("zh") for one in refused.problems])
        except Exception as error:  # noqa: BLE001 - a defect that one county brings to light must not stop the others
            if is_want_of_memory(error):
                return made | failed(stage, [problem("N006").text("zh")])
            return made | failed(stage, [problem("N005", value=type(error).__name__, place=_place(error)).text("zh")])
        kept = {name: work.tables[name] for name in names}
        made |= {f"{name}.parquet": parquet(frame) for name, frame in kept.items()}
        told = Told(
            {name: frame.height for name, frame in kept.items()},
            {name: table_digest(frame) for name, frame in kept.items()},
            seconds=time.perf_counter() - started,
            processor_seconds=time.process_time() - used,
            parts={part: work.seconds.pop(part) for part in list(work.seconds)},
        )
        made[f"{stage}/{TOLD}"] = told.content()
    return made


def failed(stage: str, reasons: Iterable[str]) -> dict[str, bytes]:
    """Return the parcels of a stage that failed."""
    return {f"{stage}/{TOLD}": Told({}, {}, tuple(reasons)).content()}


def _place(error: Exception) -> str:
    """Return where in the code an error came from; its own words may hold what a department filed."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "/onevisit/" in frame.filename] or frames
    return f"{own[-1].filename.rpartition('/onevisit/')[2]}:{own[-1].lineno}"
