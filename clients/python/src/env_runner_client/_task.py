"""A hold on one task."""
from __future__ import annotations

import time
from typing import Iterator, List, Optional, Sequence, Union

from ._connection import CALL_SECONDS, Connection
from ._errors import EnvRunnerError, TaskFailed
from ._generated import envrunner_pb2 as pb
from ._logs import LogChunk, LogLine, LogReader, Stream, lines_of
from ._state import Result, State, TaskInfo, Update, info_of
from ._watch import watch

_HOLD_SECONDS = 50.0
"""One call that waits lasts no longer: proxies end calls of a minute without a word."""


class Task:
    """A task of the runner, known by its id. Any number of these, in any number of processes, may hold the same task."""

    id: str
    created: Optional[bool]
    """Of a submission: False when it was a repetition of one that is known. Else None."""

    def __init__(self, connection: Connection, id: str, created: Optional[bool] = None) -> None:
        self._connection = connection
        self.id = id
        self.created = created

    def __repr__(self) -> str:
        return f'Task({self.id!r})'

    def status(self) -> TaskInfo:
        """As it is now. Raises EnvRunnerError `NOT_FOUND`."""
        return info_of(self._connection.call(self._connection.tasks.GetTask, pb.GetTaskRequest(id=self.id)))

    def wait(self, timeout: Optional[float] = None) -> TaskInfo:
        """Waits for the end, whatever the outcome. Raises TimeoutError after so many seconds; the task goes on."""
        ends = None if timeout is None else time.monotonic() + timeout
        patience = self._connection.patience()
        while True:
            left = _HOLD_SECONDS if ends is None else min(_HOLD_SECONDS, max(0.0, ends - time.monotonic()))
            request = pb.WaitTaskRequest(id=self.id, timeout_seconds=left)
            began = time.monotonic()
            info = info_of(self._connection.call(self._connection.tasks.WaitTask, request, left + CALL_SECONDS))
            if info.state.ended or info.result is not None:
                return info
            if ends is not None and time.monotonic() >= ends:
                raise TimeoutError(f'the task {self.id} is {info.state.value} after {timeout:g} seconds')
            if time.monotonic() - began < left / 2:  # a runner that stops answers early
                patience.wait()

    def result(self, timeout: Optional[float] = None) -> Result:
        """Waits for the end. Raises TaskFailed unless it completed, TimeoutError after so many seconds."""
        info = self.wait(timeout)
        if info.result is None:
            raise EnvRunnerError('INTERNAL', f'the runner says that the task {self.id} {info.state.value}, and not how')
        if info.state is not State.COMPLETED:
            raise TaskFailed(self.id, info.result)
        return info.result

    def stream(self) -> Iterator[Update]:
        """Every change from the submission on, each once and in order, sent when it is durable; ends with the task. Interruptions are not seen."""
        return watch(self._connection, (self.id,))

    def logs(
        self, *, stream: Union[Stream, Sequence[Stream]] = ('stdout', 'stderr'), follow: bool = False, offset: int = 0, attempt: Optional[int] = None
    ) -> Iterator[LogChunk]:
        """What it printed, in pieces, from a byte on; each byte once, whatever is interrupted.

        With `follow` until the task has ended and all is read, later attempts included unless one is named. The default attempt is the last one, or the
        first one to come. `offset` counts in each stream of the first attempt read. Raises EnvRunnerError `OUT_OF_RANGE` when the byte was given back
        because the log is over its cap; the hint names the next one that is there.
        """
        streams = (stream,) if isinstance(stream, str) else tuple(stream)
        return LogReader(self._connection, self.id, streams, follow=follow).read(attempt, offset)

    def log_lines(
        self, *, stream: Union[Stream, Sequence[Stream]] = ('stdout', 'stderr'), follow: bool = False, attempt: Optional[int] = None
    ) -> Iterator[LogLine]:
        """What it printed, line by line, as UTF-8; bytes that are none are replaced. See `logs`."""
        return lines_of(self.logs(stream=stream, follow=follow, attempt=attempt))

    def cancel(self, reason: str = '') -> TaskInfo:
        """Asks for its end; answers when the wish is on record. A task that has ended stays as it is."""
        return info_of(self._connection.call(self._connection.tasks.CancelTask, pb.CancelTaskRequest(id=self.id, reason=reason)))

    def explain(self) -> List[str]:
        """Why it waits, or why it failed: sentences for people."""
        return list(self._connection.call(self._connection.tasks.ExplainTask, pb.GetTaskRequest(id=self.id)).sentences)
