"""What can go wrong, with the runner's stable codes (docs/errors.md)."""
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Dict, Optional, Tuple

import grpc

if TYPE_CHECKING:
    from ._state import Result, State

TRANSIENT = frozenset(('DRAINING', 'JOURNAL_UNAVAILABLE', 'RUNNER_BUSY', 'RUNNER_UNREACHABLE', 'TOO_MANY_STREAMS'))
"""Codes of calls that may succeed when they are made again."""


class EnvRunnerError(Exception):
    """A call that was refused or got no answer. Nothing was changed by a call that was refused."""

    code: str
    """Stable; `RUNNER_UNREACHABLE` when nobody answered; the name of a gRPC status where the other side has no code of its own."""
    message: str
    path: str
    """The field that is wrong, such as `spec.execution.command`; else empty."""
    hint: str
    """What to do; else empty."""

    def __init__(self, code: str, message: str, path: str = '', hint: str = '') -> None:
        self.code, self.message, self.path, self.hint = code, message, path, hint
        super().__init__(code, message, path, hint)

    def __str__(self) -> str:
        said = f'{self.code}: {self.message}' + (f' ({self.path})' if self.path else '')
        return f'{said}. {self.hint}' if self.hint else said


class TaskFailed(EnvRunnerError):
    """A task that ended failed or cancelled. `code` is the task's own, such as `EXIT_NONZERO`, `TIMEOUT_RUN` or `CANCELLED`."""

    id: str
    result: Result

    def __init__(self, id: str, result: Result) -> None:
        super().__init__(result.error_code or 'INTERNAL', f'the task {id} {result.state.value}: {result.error}')
        self.args = (id, result)  # what copying and pickling make it from again
        self.id, self.result = id, result

    def __str__(self) -> str:
        return self.message

    @property
    def state(self) -> State:
        """`State.FAILED` or `State.CANCELLED`."""
        return self.result.state

    @property
    def exit_code(self) -> Optional[int]:
        """None when no exit code is known: it never ran, or a signal ended it."""
        return self.result.exit_code

    @property
    def stderr_tail(self) -> str:
        return self.result.stderr_tail


def from_rpc(error: grpc.RpcError) -> EnvRunnerError:
    """The same error in our words. The code, the path and the hint stand in the trailing metadata, all of it in the status message."""
    status: grpc.StatusCode = error.code()
    told = _metadata_of(error)
    code, path, hint = (told.get(f'env-runner-{name}', '') for name in ('code', 'path', 'hint'))
    message = error.details() or status.name
    if code:
        message = message[len(code) + 2 :] if message.startswith(f'{code}: ') else message
        message, hint = _split_end(message, hint)
        message, _ = _split_end(message, f'({path})')
    else:
        code = 'RUNNER_UNREACHABLE' if status is grpc.StatusCode.UNAVAILABLE else status.name
    return EnvRunnerError(code, message, path, hint)


def is_interruption(error: grpc.RpcError) -> bool:
    """Whether the call may be made again: the connection broke, the server stops, or it says that the trouble passes."""
    status = error.code()
    code = _metadata_of(error).get('env-runner-code')
    if code:
        return code in TRANSIENT
    details = error.details() or ''
    if status in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED):  # a server that is forced to stop cancels its streams
        return 'CERTIFICATE_VERIFY_FAILED' not in details
    return status in (grpc.StatusCode.UNKNOWN, grpc.StatusCode.INTERNAL) and ('RST_STREAM' in details or 'Stream removed' in details)


def _metadata_of(error: grpc.RpcError) -> Dict[str, str]:
    pairs: Any = error.trailing_metadata() or ()
    return {key: value for key, value in pairs if isinstance(value, str)}


def _split_end(text: str, end: str) -> Tuple[str, str]:
    """The text without its end, and the end as the text has it: metadata is ASCII, where other characters have become `?`."""
    text, end = text.rstrip(), end.rstrip()
    begin = len(text) - len(end)
    if end in ('', '()') or begin <= 0 or re.sub('[^ -~]', '?', text[begin:]) != end:
        return text, end
    return text[:begin].rstrip(' .'), text[begin:]
