"""Changes of tasks, from a cursor on."""
from __future__ import annotations

from typing import Iterator, Optional, Sequence

from ._connection import Connection
from ._generated import envrunner_pb2 as pb
from ._state import Update, info_of, update_of


def watch(connection: Connection, ids: Sequence[str], after: Optional[int] = None) -> Iterator[Update]:
    """Every change of these tasks, or of all, behind the position `after`. Ends when every listed task has ended; without ids it never does.

    A stream that is interrupted goes on behind the last update seen. So does one that the runner ends before the tasks have, because it stops.
    """
    position, live = after, set(ids)
    have_ended = False
    patience = connection.patience()

    def request() -> pb.WatchTasksRequest:
        return pb.WatchTasksRequest(ids=ids, after_position=position)

    def has_ended(id: str) -> bool:
        return info_of(connection.call(connection.tasks.GetTask, pb.GetTaskRequest(id=id))).state.ended

    while True:
        before = position
        for message in connection.stream(connection.tasks.WatchTasks, request):
            position = message.position
            yield update_of(message)
            if message.HasField('task'):
                live.discard(message.id)
        if ids and (not live or (have_ended and position == before)):
            return
        # Either the runner stops, or the end of some was before `after`. What it says of them now, before another look, decides.
        have_ended = bool(ids) and all(map(has_ended, live))
        if position != before:
            patience = connection.patience()
        if not have_ended:
            patience.wait()
