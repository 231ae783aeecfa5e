"""Tasks, page by page."""
from __future__ import annotations

from typing import Iterator

from ._connection import Connection
from ._generated import envrunner_pb2 as pb
from ._state import TaskInfo, info_of

_PAGE = 1_000
"""The largest that the runner gives."""


def list_tasks(connection: Connection, request: pb.ListTasksRequest) -> Iterator[TaskInfo]:
    """Newest first, fetched as they are asked for."""
    request.page_size = _PAGE
    while True:
        page = connection.call(connection.tasks.ListTasks, request)
        yield from map(info_of, page.tasks)
        if not page.next_page_token:
            return
        request.page_token = page.next_page_token
