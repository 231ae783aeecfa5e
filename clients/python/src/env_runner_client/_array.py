"""Many tasks from one template, in the hands of the runner."""
from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from typing import Iterator, Mapping, Optional

from ._connection import Connection
from ._generated import envrunner_pb2 as pb
from ._listing import list_tasks
from ._state import State, TaskInfo, state_number
from ._task import Task

_LIVE = [state_number(state) for state in State if not state.ended and state is not State.UNKNOWN]


@dataclass(frozen=True)
class ArrayInfo:
    """An array as it is at one moment."""

    id: str
    count: int
    concurrency: int
    """0: no limit of its own."""
    tasks: Mapping[str, int]
    """How many of its tasks are in each state; the key is the state's word."""
    ended: bool
    rerun_of: str
    """The array whose tasks these are again; empty: none."""


class Array:
    """An array of the runner, known by its id."""

    id: str

    def __init__(self, connection: Connection, id: str) -> None:
        self._connection = connection
        self.id = id

    def __repr__(self) -> str:
        return f'Array({self.id!r})'

    def status(self) -> ArrayInfo:
        """As it is now. Raises EnvRunnerError `NOT_FOUND`."""
        return _info_of(self._connection.call(self._connection.arrays.GetArray, pb.GetArrayRequest(id=self.id)))

    def tasks(self) -> Iterator[TaskInfo]:
        """What its tasks are now, with their results, in no order: `array_index` says which is which."""
        return list_tasks(self._connection, pb.ListTasksRequest(array_id=self.id))

    def wait(self, timeout: Optional[float] = None) -> ArrayInfo:
        """Waits until every task has ended, whatever the outcome. Raises TimeoutError after so many seconds; the tasks go on."""
        ends = None if timeout is None else time.monotonic() + timeout
        patience = self._connection.patience()
        while True:
            info = self.status()
            if info.ended:
                return info
            for task in [*list_tasks(self._connection, pb.ListTasksRequest(array_id=self.id, states=_LIVE))]:
                Task(self._connection, task.id).wait(None if ends is None else max(0.0, ends - time.monotonic()))
            if ends is not None and time.monotonic() >= ends:
                raise TimeoutError(f'the array {self.id} has not ended after {timeout:g} seconds')
            patience.wait()  # until what was listed as live has ended, and what a runner that was started again has yet to submit is there

    def rerun(self, id: Optional[str] = None) -> Array:
        """Submits the tasks that failed or were cancelled again, under their old indexes, as an array of its own. Raises EnvRunnerError when there are none."""
        request = pb.RerunArrayRequest(id=self.id, new_id=id or f'{self.id}-rerun-{uuid.uuid4().hex[:8]}')
        return Array(self._connection, self._connection.call(self._connection.arrays.RerunArray, request).id)

    def cancel(self, reason: str = '') -> ArrayInfo:
        """Cancels every task that has not ended."""
        return _info_of(self._connection.call(self._connection.arrays.CancelArray, pb.CancelArrayRequest(id=self.id, reason=reason)))


def _info_of(message: pb.Array) -> ArrayInfo:
    return ArrayInfo(message.id, message.count, message.concurrency, dict(message.tasks), message.ended, message.rerun_of)
