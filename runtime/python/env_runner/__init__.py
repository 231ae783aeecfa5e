"""What a task can tell its runner: progress, metrics, results.

    import env_runner
    env_runner.progress(42.5, step='train', message='epoch 3 of 7')
    env_runner.metric('loss', 0.25)

Every function may be called from any thread and process of the task. Where there is no runner, or its file cannot be written, it does nothing: a task
never fails because nobody listens. A value that cannot be told is the caller's mistake and raises: TypeError for a number that is none, ResultError for
a result that is not JSON.
"""
from __future__ import annotations

import json
import math
import os
from typing import Any

from ._plain import ResultError, plain

__all__ = ['ResultError', 'attempt', 'checkpoint', 'metric', 'progress', 'result', 'task_id', 'token']

LINE_BYTES_MAX = 1 << 20
"""The runner takes a longer line for ordinary output."""


_TEXT_MAX = 4_000
"""The runner keeps less of a text for people."""


def progress(percent: float | None = None, step: str | None = None, message: str | None = None) -> None:
    """Tells how far the task is: `percent` from 0 to 100, `step` and `message` for people. Watchers hear at most one per second, the last always."""
    told = {'percent': _number(percent), 'step': _text(step), 'message': _text(message)}
    said = {name: value for name, value in told.items() if value is not None}
    if said:
        _tell('progress', said)


def metric(name: str, value: float) -> None:
    """Reports a number; the last one of each name stands in the task's result. One that is not finite is left out: JSON has no word for it.

    `name` has letters, digits and `. _ - / :`, begins with a letter, and is at most 128 long; the runner leaves out others.
    """
    number = _number(value)
    if number is not None:
        _tell('metric', {'name': str(name), 'value': number})


def result(value: Any) -> None:
    """Sets the task's result (`runner_output`); the last one counts.

    JSON, and what has an obvious JSON form: tuples, sets, dataclasses, enums, dates, paths, numpy arrays and scalars.
    Raises ResultError for everything else, and for more than 1 MiB of JSON.
    """
    line = _line('result', {'value': plain(value)})
    if len(line) > LINE_BYTES_MAX:
        raise ResultError(f'the result is {len(line):,} bytes of JSON and may have {LINE_BYTES_MAX:,}: write it to a file that is an output of the task')
    _append(line)


def token(text: str) -> None:
    """Tells a piece of generated text, for those who read along."""
    _tell('token', {'text': str(text)})


def checkpoint(path: str | os.PathLike[str], step: int | None = None) -> None:
    """Tells of a file, relative to the work directory, from which the task could go on."""
    _tell('checkpoint', {'path': os.fspath(path), 'step': _number(step)})


def task_id() -> str | None:
    """None outside of a runner."""
    return os.environ.get('ENV_RUNNER_TASK_ID')


def attempt() -> int | None:
    """Counts from 1; None outside of a runner."""
    number = os.environ.get('ENV_RUNNER_ATTEMPT_NUMBER', '')
    return int(number) if number.isdigit() else None


def _number(value: Any) -> int | float | None:
    """Numbers of other libraries count too: whatever float() takes, but no text."""
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 53):
        return value
    if isinstance(value, (str, bytes, bytearray)):
        raise TypeError(f'{value!r} is not a number')
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _text(value: Any) -> str | None:
    return None if value is None else str(value)[:_TEXT_MAX]


def _line(kind: str, fields: dict[str, Any]) -> bytes:
    message = {'type': kind, **fields}
    try:
        return json.dumps(message, ensure_ascii=False, allow_nan=False, separators=(',', ':')).encode()
    except UnicodeEncodeError:  # half of a surrogate pair: UTF-8 has no form for it, JSON's escapes do
        return json.dumps(message, allow_nan=False, separators=(',', ':')).encode()


def _tell(kind: str, fields: dict[str, Any]) -> None:
    _append(_line(kind, fields))


_is_torn = False
"""The last line went out in part: a disk was full."""


def _append(line: bytes) -> None:
    """One line in one write to the end of the file, so that threads and processes need no lock. Opened each time: nothing to inherit, to leak or to close."""
    global _is_torn
    path = os.environ.get('ENV_RUNNER_EVENTS')
    if not path or len(line) > LINE_BYTES_MAX:
        return
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            rest = (b'\n' if _is_torn else b'') + line + b'\n'
            _is_torn = os.write(descriptor, rest) < len(rest)
        finally:
            os.close(descriptor)
    except OSError:
        pass
