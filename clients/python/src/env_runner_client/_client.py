"""The runner, seen from a program."""
from __future__ import annotations

import os
import uuid
from typing import TYPE_CHECKING, Any, Iterable, Iterator, Mapping, Optional, Sequence, Type, Union

from ._array import Array
from ._connection import TLS, Connection
from ._errors import EnvRunnerError
from ._generated import envrunner_pb2 as pb
from ._listing import list_tasks
from ._map import Map, fill_in
from ._spec import PythonEntry, to_submission, to_words
from ._state import State, TaskInfo, Update, class_number, state_number
from ._task import Task
from ._watch import watch

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Unpack

    from ._spec import Options

DEFAULT_ADDRESS = '127.0.0.1:9098'


class Client:
    """A runner at an address. May be used by any number of threads; not across `fork`.

    What is interrupted is tried again: calls, and streams from where they stood, until `retry_seconds` have passed without a sign of life; then
    EnvRunnerError `RUNNER_UNREACHABLE` tells it. A runner that never answered is given up after `connect_seconds`. Every call may be repeated without harm: a submission has its id from this side.
    """

    def __init__(
        self,
        address: Optional[str] = None,
        *,
        token: Optional[str] = None,
        tls: Union[TLS, bool] = False,
        connect_seconds: float = 10.0,
        retry_seconds: float = 60.0,
    ) -> None:
        """Connects when the first call is made.

        address: `HOST:PORT` or `unix:PATH`. Default: the environment's `ENV_RUNNER_SERVER`, else `127.0.0.1:9098`.
        token: who the client is. Default: the environment's `ENV_RUNNER_TOKEN`. Without TLS it can be read on the way: use that on one host alone.
        tls: True, or files of its own.
        connect_seconds: how long to try before the first answer. More, for a program that starts before its runner.
        retry_seconds: how long to try after any other.
        """
        self._connection = Connection(
            address or os.environ.get('ENV_RUNNER_SERVER') or DEFAULT_ADDRESS,
            token or os.environ.get('ENV_RUNNER_TOKEN'),
            tls,
            connect_seconds,
            retry_seconds,
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException], frames: Optional[TracebackType]) -> None:
        self.close()

    def close(self) -> None:
        """Ends every call with `CLIENT_CLOSED`. The tasks go on."""
        self._connection.close()

    def submit(
        self,
        command: Optional[Sequence[str]] = None,
        *,
        id: Optional[str] = None,
        python: Optional[PythonEntry] = None,
        args: Optional[Mapping[str, Any]] = None,
        **options: Unpack[Options],
    ) -> Task:
        """Hands over a task. Returns when the runner has it on disk. docs/tasks.md says more of each field.

        command: the program and its arguments. In its place `python` calls a function with the keyword arguments `args`.
        id: 1 to 128 of `A-Z a-z 0-9 . _ : -`; made when there is none. The same id with the same task is the same task.

        What it runs in: image (a container of it; else natively, in a sandbox), entrypoint, working_dir, container_workdir, runtime, network.
        What it gets: env, secrets (names), inputs, mounts, resources. What is kept of it: outputs.
        timeout: seconds that an attempt may run.
        task_class: `cpu_short` (the default), `cpu_long`, `gpu` or `gpu_slurm`. priority: higher goes first.
        workflow_id, tenant, context (a JSON object): kept, and told in events.

        Raises EnvRunnerError when it is refused, with the field in `path`.
        """
        submission = to_submission(command, python, args, **options)
        request = pb.SubmitTaskRequest(id=id or str(uuid.uuid4()), **vars(submission))
        answer = self._connection.call(self._connection.tasks.SubmitTask, request)
        return Task(self._connection, answer.task.id, answer.created)

    def task(self, id: str) -> Task:
        """A hold on a task that was submitted before, by whomever. Nothing is asked yet."""
        return Task(self._connection, id)

    def list(
        self,
        *,
        states: Iterable[Union[State, str]] = (),
        task_class: Optional[str] = None,
        workflow_id: str = '',
        array_id: str = '',
        tenant: str = '',
    ) -> Iterator[TaskInfo]:
        """Tasks, newest first, fetched as they are asked for. Without arguments all that the caller may see."""
        request = pb.ListTasksRequest(
            states=[state_number(state) for state in states],
            task_class=class_number(task_class) if task_class else pb.TASK_CLASS_UNSPECIFIED,
            workflow_id=workflow_id,
            array_id=array_id,
            tenant=tenant,
        )
        return list_tasks(self._connection, request)

    def watch(self, ids: Sequence[str] = (), *, after: Optional[int] = None) -> Iterator[Update]:
        """Every change of these tasks, each once and in order; ends when all of them have ended. Without ids of every task that the caller may see, endless.

        after: the `position` of the last update seen. Default: listed tasks from their submission on, else from now on.
        """
        return watch(self._connection, to_words(ids, 'ids'), after)

    def map(
        self,
        work: Union[Sequence[str], PythonEntry],
        items: Iterable[Any],
        *,
        concurrency: int = 32,
        id: Optional[str] = None,
        **options: Unpack[Options],
    ) -> Map:
        """Submits a task for each item, in their order; `concurrency` of them are under way at once. Returns at once.

        work: a command as a list of words, in which `{item}` and `{index}` are replaced; or a Python entry point, `'package.module:function'`, that is
        called with each item as its keyword arguments. Functions are named, not sent: the task has to find the module.
        id: of the map; its tasks are `<id>.<index>`. Give one to find the tasks again when this program dies: see Map.
        options: what `submit` takes.
        """
        if concurrency < 1:
            raise ValueError('concurrency is at least 1')
        given = [*items]
        name = id or f'map-{uuid.uuid4().hex[:16]}'
        tasks = [self.task(f'{name}.{index}') for index in range(len(given))]

        def submit(index: int) -> None:
            item = given[index]
            if isinstance(work, str) or callable(work):
                if not isinstance(item, Mapping):
                    raise EnvRunnerError(
                        'INVALID_SPEC', 'an item for a Python entry point is a dict of its arguments', f'items[{index}]', 'Name them'
                    )
                self.submit(id=tasks[index].id, python=work, args=item, **options)
            else:
                self.submit(fill_in(work, item, index), id=tasks[index].id, **options)

        return Map(name, tasks, submit, concurrency)

    def submit_array(
        self,
        command: Optional[Sequence[str]] = None,
        *,
        items: Optional[Iterable[str]] = None,
        count: Optional[int] = None,
        concurrency: int = 0,
        id: Optional[str] = None,
        python: Optional[PythonEntry] = None,
        args: Optional[Mapping[str, Any]] = None,
        **options: Unpack[Options],
    ) -> Array:
        """Hands over up to 10,000 tasks at once, all of them or none. From then on the runner does the rest: this program is not needed any more.

        In the texts of the command, of `args`, of values of `env` and of paths of artifacts, the runner replaces `{item}` and `{index}`.
        items: texts, one per task. Or count: a number of tasks without.
        concurrency: how many run at once; 0: as many as there are places.
        id: at most 123 characters; its tasks are `<id>.<index>`. The same id with the same array is the same array.
        """
        submission = to_submission(command, python, args, **options)
        request = pb.SubmitArrayRequest(
            id=id or f'array-{uuid.uuid4().hex[:16]}',
            task_class=submission.task_class,
            priority=submission.priority,
            workflow_id=submission.workflow_id,
            template=submission.spec,
            count=count or 0,
            items=to_words(items or (), 'items'),
            concurrency=concurrency,
        )
        return Array(self._connection, self._connection.call(self._connection.arrays.SubmitArray, request).id)

    def array(self, id: str) -> Array:
        """A hold on an array that was submitted before, by whomever. Nothing is asked yet."""
        return Array(self._connection, id)
