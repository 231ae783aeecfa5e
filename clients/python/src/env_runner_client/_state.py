"""What the runner says of a task."""
from __future__ import annotations

import enum
import json
from dataclasses import dataclass
from typing import Any, Mapping, Optional, Tuple, cast

from ._errors import EnvRunnerError
from ._generated import envrunner_pb2 as pb


class State(str, enum.Enum):
    """The machine's own word for where a task is."""

    PENDING = 'pending'
    """It waits for a place."""
    PREPARING = 'preparing'
    RUNNING = 'running'
    COLLECTING = 'collecting'
    """Its process has ended; logs and outputs are stored."""
    RETRYING = 'retrying'
    """An attempt failed for a reason that passes; the next one waits for its time and its place."""
    COMPLETED = 'completed'
    FAILED = 'failed'
    CANCELLED = 'cancelled'
    UNKNOWN = 'unknown'
    """A state that this client has no word for: the runner is newer."""

    @property
    def ended(self) -> bool:
        return self in (State.COMPLETED, State.FAILED, State.CANCELLED)


_PREFIX = 'TASK_STATE_'
_to_number = {State(name[len(_PREFIX) :].lower()): cast('pb.TaskState', number) for name, number in pb.TaskState.items() if number != 0}
_by_number = {int(number): state for state, number in _to_number.items()}
_CLASS_PREFIX = 'TASK_CLASS_'
classes = {name[len(_CLASS_PREFIX) :].lower(): cast('pb.TaskClass', number) for name, number in pb.TaskClass.items() if number != 0}
"""Names of task classes and their numbers on the wire."""
_class_names = {int(number): name for name, number in classes.items()}


def state_of(number: int) -> State:
    return _by_number.get(number, State.UNKNOWN)


def state_number(state: State | str) -> pb.TaskState:
    try:
        return _to_number[State(state)]
    except (KeyError, ValueError):
        raise ValueError(f'{state!r} is not one of {", ".join(each.value for each in _to_number)}') from None


def class_number(name: str) -> pb.TaskClass:
    try:
        return classes[name]
    except KeyError:
        raise EnvRunnerError('CLASS_UNKNOWN', f'there is no class {name!r}', 'class', f'Use one of {", ".join(classes)}') from None


@dataclass(frozen=True)
class Progress:
    percent: Optional[float]
    """0 to 100."""
    step: str
    message: str


@dataclass(frozen=True)
class OutputFile:
    name: str
    path: str
    """The URI it was stored at."""
    type: str
    size_bytes: int
    checksum: str
    """`sha256:…`"""


@dataclass(frozen=True)
class Result:
    """How a task ended."""

    state: State
    value: Any
    """What the task gave as its result: the return value of a Python entry point, or what it told by `env_runner.result`. Else None."""
    exit_code: Optional[int]
    signal: Optional[int]
    attempts: int
    latency_ms: float
    """Run time of the last attempt."""
    outputs: Tuple[OutputFile, ...]
    metrics: Mapping[str, float]
    """The last number of each name that the task told."""
    error_code: str
    """Empty when it completed."""
    error: str
    """Code, exit code and the end of stderr, for people; empty when it completed."""
    stdout_tail: str
    stderr_tail: str
    stdout_bytes: int
    stderr_bytes: int
    image_digest: str
    """Of the image that it ran in; empty for native tasks."""
    logs_url: str


@dataclass(frozen=True)
class TaskInfo:
    """A task as it is at one moment."""

    id: str
    task_class: str
    tenant: str
    workflow_id: str
    priority: int
    state: State
    why: str
    """Why it waits or why it did not succeed: a sentence; empty when there is nothing to say."""
    attempt: int
    """The current or last one; 0 before the first."""
    progress: Optional[Progress]
    submitted_at_ms: int
    """Unix milliseconds, as the next two; 0: not yet."""
    started_at_ms: int
    completed_at_ms: int
    result: Optional[Result]
    """Once it has ended."""
    array_id: str
    """The array that it belongs to; empty: none."""
    array_index: int


@dataclass(frozen=True)
class Update:
    """A change of a task, told after it was made durable."""

    id: str
    position: int
    """A cursor: `Client.watch(after=position)` goes on behind it."""
    at_ms: int
    """Unix milliseconds."""
    type: str
    """The event, such as `attempt.launched` or `task.progressed`."""
    state: State
    attempt: int
    progress: Optional[Progress]
    """With `task.progressed`."""
    task: Optional[TaskInfo]
    """With the last update of a task."""


def progress_of(message: pb.Progress) -> Progress:
    return Progress(message.percent if message.HasField('percent') else None, message.step, message.message)


def result_of(message: pb.Result) -> Result:
    return Result(
        state=state_of(message.state),
        value=json.loads(message.runner_output_json) if message.runner_output_json else None,
        exit_code=message.exit_code if message.HasField('exit_code') else None,
        signal=message.signal if message.HasField('signal') else None,
        attempts=message.attempts,
        latency_ms=message.latency_ms,
        outputs=tuple(OutputFile(each.name, each.path, each.type, each.size_bytes, each.checksum) for each in message.outputs),
        metrics=dict(message.metrics),
        error_code=message.error_code,
        error=message.error,
        stdout_tail=message.stdout_tail,
        stderr_tail=message.stderr_tail,
        stdout_bytes=message.stdout_bytes,
        stderr_bytes=message.stderr_bytes,
        image_digest=message.image_digest,
        logs_url=message.logs_url,
    )


def info_of(message: pb.Task) -> TaskInfo:
    return TaskInfo(
        id=message.id,
        task_class=_class_names.get(message.task_class, 'unknown'),
        tenant=message.tenant,
        workflow_id=message.workflow_id,
        priority=message.priority,
        state=state_of(message.state),
        why=message.why,
        attempt=message.attempt,
        progress=progress_of(message.progress) if message.HasField('progress') else None,
        submitted_at_ms=message.submitted_at_ms,
        started_at_ms=message.started_at_ms,
        completed_at_ms=message.completed_at_ms,
        result=result_of(message.result) if message.HasField('result') else None,
        array_id=message.array_id,
        array_index=message.array_index,
    )


def update_of(message: pb.TaskUpdate) -> Update:
    return Update(
        id=message.id,
        position=message.position,
        at_ms=message.at_ms,
        type=message.type,
        state=state_of(message.state),
        attempt=message.attempt,
        progress=progress_of(message.progress) if message.HasField('progress') else None,
        task=info_of(message.task) if message.HasField('task') else None,
    )
