"""Work that asks for nothing but a processor, given to processes: documents written, evidence judged again.

`each` shares out many things of one kind, `begun` begins one thing whose result is wanted later.

Where nobody has hired any, everything is done here: in tests, on one processor, in a worker itself.
"""

import multiprocessing
import os
import pickle
import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from multiprocessing.connection import wait
from typing import Any, TypeVar

Item = TypeVar("Item")
Done = TypeVar("Done")

MOST = 4
"""Processes at once: each holds what it works on a second time."""

_hired: list[tuple[int, ProcessPoolExecutor]] = []
"""Processes besides this one, and the pool they are in."""


@contextmanager
def hired(modules: Sequence[str] = ()) -> Generator[None]:
    """Have a process for every processor but this one's, as long as the block lasts; a block within has the same.

    They import `modules` while nothing is asked of them yet.
    """
    count = min(MOST, len(os.sched_getaffinity(0))) - 1
    if _hired or count < 1:
        yield
        return
    # Spawned: Polars and DuckDB keep threads, and a fork would inherit their locks without them.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(count, mp_context=context, initializer=end_with_parent) as pool:
        for _ in range(count):
            pool.submit(_import, modules)
        _hired.append((count, pool))
        try:
            yield
        finally:
            _hired.clear()


def each(function: Callable[..., Done], items: Sequence[Item], *shared: object) -> list[Done]:
    """Return function(item, *shared) of every item, in order. `function` is one of a module, what it takes is pickled.

    `shared` goes to each process once, so it may be large. Raises what an item raises.
    """
    count, pool = _hired[0] if _hired else (0, None)
    # Dealt out in turn: the large ones often stand together.
    hands = [items[start :: count + 1] for start in range(count + 1)]
    elsewhere = [_sent(pool, _hand, function, hand, shared) for hand in hands[1:] if hand] if pool else []
    done = [_hand(function, hands[0], shared), *(one.result() for one in elsewhere)]
    return [done[place % (count + 1)][place // (count + 1)] for place in range(len(items))]


def begun(function: Callable[..., Done], *given: object, **named: object) -> Future[Done]:
    """Begin a function of a module in another process and return what will hold its result; without one, do it here.

    What it raises there is raised where its result is asked for.
    """
    if _hired:
        return _sent(_hired[0][1], function, *given, **named)
    done: Future[Done] = Future()
    done.set_result(function(*given, **named))
    return done


def end_with_parent() -> None:
    """Let this process end when the one that began it is killed; without that it would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_leave, args=(parent.sentinel,), daemon=True).start()


def _leave(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)


def _import(modules: Sequence[str]) -> None:
    for name in modules:
        import_module(name)


def _sent(pool: ProcessPoolExecutor, function: Callable[..., Done], *given: object, **named: object) -> Future[Done]:
    """Have a function called elsewhere, with everything as it is now.

    The pool would pickle in a thread of its own, while this one works on with the same things and may change them:
    whatever keeps what it once worked out does.
    """
    return pool.submit(_called, pickle.dumps((function, given, named)))


def _called(packed: bytes) -> Any:
    function, given, named = pickle.loads(packed)  # noqa: S301 - packed by the process that asks
    return function(*given, **named)


def _hand(function: Callable[..., Done], items: Sequence[Item], shared: Sequence[object]) -> list[Done]:
    return [function(item, *shared) for item in items]
