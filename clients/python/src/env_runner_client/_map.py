"""One task per item."""
from __future__ import annotations

import queue
import re
import threading
from concurrent.futures import Future, as_completed
from typing import Any, Callable, Iterator, List, Optional, Sequence, Tuple

from ._errors import EnvRunnerError
from ._spec import to_json
from ._state import Result
from ._task import Task


class Map:
    """Tasks that do the same to each item, with a future for each. Iterating gives the results in the order of the items, and raises TaskFailed at the
    first one that failed; `futures` and `as_completed` tell of each one.

    The tasks are named `<id>.<index>`. So a program that died finds them again: the same map under the same id submits what was not submitted, and takes the
    rest as it is.
    """

    id: str
    tasks: Sequence[Task]
    """One per item, submitted or not."""
    futures: Sequence[Future[Result]]
    """One per item. `cancel()` of a future keeps a task from being submitted; one that was submitted is ended by `Task.cancel` or `Map.cancel`."""

    def __init__(self, id: str, tasks: Sequence[Task], submit: Callable[[int], None], concurrency: int) -> None:
        self.id = id
        self.tasks = tasks
        self.futures = [Future() for _ in tasks]
        self._submit = submit
        self._is_cancelled = threading.Event()
        self._line: queue.SimpleQueue[int] = queue.SimpleQueue()
        for index in range(len(tasks)):
            self._line.put(index)
        for number in range(min(concurrency, len(tasks))):
            # Daemons: a program that ends does not wait for tasks that nobody asks for any more.
            threading.Thread(target=self._work, name=f'env-runner {id} {number}', daemon=True).start()

    def __len__(self) -> int:
        return len(self.futures)

    def __iter__(self) -> Iterator[Result]:
        return (future.result() for future in self.futures)

    def as_completed(self, timeout: Optional[float] = None) -> Iterator[Tuple[int, Future[Result]]]:
        """The index of each item and its future, as they end. Raises TimeoutError (`concurrent.futures`) after so many seconds."""
        indexes = {future: index for index, future in enumerate(self.futures)}
        return ((indexes[future], future) for future in as_completed(indexes, timeout))

    def cancel(self, reason: str = '') -> None:
        """Submits nothing more and cancels every task that has not ended."""
        self._is_cancelled.set()
        for task, future in zip(self.tasks, self.futures):
            if not future.cancel() and not future.done():
                self._cancel(task, reason)

    def _work(self) -> None:
        while True:
            try:
                index = self._line.get_nowait()
            except queue.Empty:
                return
            future = self.futures[index]
            if not future.set_running_or_notify_cancel():
                continue
            try:
                self._submit(index)
                if self._is_cancelled.is_set():
                    self._cancel(self.tasks[index], '')
                future.set_result(self.tasks[index].result())
            except BaseException as error:
                future.set_exception(error)

    def _cancel(self, task: Task, reason: str) -> None:
        try:
            task.cancel(reason)
        except EnvRunnerError as error:
            if error.code != 'NOT_FOUND':  # its submission is under way: it is cancelled by whoever submits it
                raise


def fill_in(words: Sequence[str], item: Any, index: int) -> List[str]:
    """The words with `{item}` and `{index}` replaced: a text as it is, everything else as JSON. Doubled braces keep the word itself, as in an array of the
    runner's; all other braces are the command's own business."""
    texts = {'item': item if isinstance(item, str) else to_json(item, f'items[{index}]'), 'index': str(index)}
    return [_PLACEHOLDER.sub(lambda found: f'{{{found[1]}}}' if found[1] else texts[found[2]], word) for word in words]


_PLACEHOLDER = re.compile(r'\{\{(item|index)\}\}|\{(item|index)\}')
