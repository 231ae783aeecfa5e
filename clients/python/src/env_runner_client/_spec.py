"""What a task is to do, in the runner's terms (docs/tasks.md)."""
from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable, Iterable, List, Mapping, Optional, Sequence, Union

from ._errors import EnvRunnerError
from ._generated import envrunner_pb2 as pb
from ._state import class_number

PythonEntry = Union[str, Callable[..., Any]]
"""`package.module:function`, `path/script.py:function`, either without its function, or a function of a module, which is called by its name."""

if TYPE_CHECKING:  # known to type checkers alone, so that nothing has to be installed for it
    from typing_extensions import TypedDict

    class Options(TypedDict, total=False):
        """What `Client.submit` takes beside an id, a command and a Python entry point: the parameters of `to_submission`."""

        image: Optional[str]
        entrypoint: Sequence[str]
        env: Mapping[str, str]
        timeout: Optional[float]
        task_class: Optional[str]
        priority: int
        workflow_id: Optional[str]
        tenant: Optional[str]
        context: Optional[Mapping[str, Any]]
        mounts: Sequence[Mount]
        resources: Optional[Resources]
        inputs: Sequence[Input]
        outputs: Sequence[Output]
        secrets: Sequence[str]
        network: Optional[str]
        working_dir: Optional[str]
        container_workdir: Optional[str]
        runtime: Optional[str]


@dataclass(frozen=True)
class Submission:
    """What a task and an array of tasks have in common on the wire."""

    task_class: pb.TaskClass
    priority: int
    workflow_id: str
    spec: pb.TaskSpec


@dataclass(frozen=True)
class Mount:
    """A directory of the host, where the runner's policy allows it."""

    host_path: str
    mount_path: str
    read_only: bool = True


@dataclass(frozen=True)
class Resources:
    """What is left out is the runner's default."""

    cpu_millicores: Optional[int] = None
    mem_bytes: Optional[int] = None
    gpu_count: Optional[int] = None
    gpu_class: str = ''
    gpu_memory_gb: Optional[float] = None
    storage_gb: Optional[float] = None
    shm_bytes: Optional[int] = None


@dataclass(frozen=True)
class Input:
    """A file or archive that is there when the task begins."""

    name: str
    path: str
    """A URI, or a path of the runner's host."""
    target: str
    """Relative to the work directory."""
    checksum: str = ''
    """`sha256:…` of what the store has; empty: not checked."""
    unpack: bool = False
    read_only: bool = False


@dataclass(frozen=True)
class Output:
    """Files that are kept when the task has ended well."""

    name: str
    path: str
    """A path or pattern, relative to the work directory."""
    type: str = ''
    destination: str = ''
    """A URI; empty: kept by the runner."""
    optional: bool = False


def to_submission(
    command: Optional[Sequence[str]],
    python: Optional[PythonEntry],
    args: Optional[Mapping[str, Any]],
    *,
    image: Optional[str] = None,
    entrypoint: Sequence[str] = (),
    env: Optional[Mapping[str, str]] = None,
    timeout: Optional[float] = None,
    task_class: Optional[str] = None,
    priority: int = 0,
    workflow_id: Optional[str] = None,
    tenant: Optional[str] = None,
    context: Optional[Mapping[str, Any]] = None,
    mounts: Sequence[Mount] = (),
    resources: Optional[Resources] = None,
    inputs: Sequence[Input] = (),
    outputs: Sequence[Output] = (),
    secrets: Sequence[str] = (),
    network: Optional[str] = None,
    working_dir: Optional[str] = None,
    container_workdir: Optional[str] = None,
    runtime: Optional[str] = None,
) -> Submission:
    """Says nothing about what was left out: the defaults are the runner's."""
    if python is None and args:
        raise ValueError('args are those of a Python entry point: name one with python=')
    execution = pb.Execution(
        image=image or '',
        entrypoint=to_words(entrypoint, 'entrypoint'),
        command=to_words(command or (), 'command'),
        python=None if python is None else _to_python(python, args),
        env=env or {},
        mounts=[pb.Mount(**vars(each)) for each in mounts],
        resources=None if resources is None else _to_resources(resources),
        timeout_seconds=timeout,
        working_dir=working_dir or '',
        container_workdir=container_workdir or '',
        secrets=to_words(secrets, 'secrets'),
        network=network or '',
        runtime=runtime or '',
    )
    spec = pb.TaskSpec(
        tenant=tenant or '',
        execution=execution,
        artifacts=pb.Artifacts(inputs=[pb.Input(**vars(each)) for each in inputs], outputs=[pb.Output(**vars(each)) for each in outputs]),
        context_json=to_json(dict(context), 'spec.context_json') if context else '',
    )
    number = class_number(task_class) if task_class else pb.TASK_CLASS_UNSPECIFIED
    return Submission(number, priority, workflow_id or '', spec)


def to_json(value: Any, what: str) -> str:
    """Sorted, so that the same value is the same text: a repeated submission has to be the same. Raises EnvRunnerError for what JSON cannot carry."""
    try:
        return json.dumps(value, allow_nan=False, sort_keys=True, separators=(',', ':'))
    except (TypeError, ValueError) as error:
        raise EnvRunnerError('INVALID_SPEC', f'this has no form in JSON: {error}', what, 'Use texts, finite numbers, lists and dicts') from None


def to_words(words: Iterable[str], what: str) -> List[str]:
    if isinstance(words, str):
        raise TypeError(f"{what} is a list of words, such as ['sh', '-c', {words!r}]")
    return [*words]


def _to_python(entry: PythonEntry, args: Optional[Mapping[str, Any]]) -> pb.PythonCall:
    name, _, function = (entry if isinstance(entry, str) else _name_of(entry)).partition(':')
    call = pb.PythonCall(function=function, args_json=to_json(dict(args), 'spec.execution.python.args_json') if args else '')
    if name.endswith('.py'):
        call.script = name
    else:
        call.module = name
    return call


def _name_of(function: Callable[..., Any]) -> str:
    module, name = getattr(function, '__module__', None), getattr(function, '__qualname__', '')
    if not module or module == '__main__' or not all(part.isidentifier() for part in name.split('.')):
        raise ValueError(
            f'{name or function!r} cannot be called by name in another process: functions are not sent. Put it into a module that the task finds, '
            "and name it: 'module:function'"
        )
    return f'{module}:{name}'


def _to_resources(resources: Resources) -> pb.Resources:
    return pb.Resources(**{name: value for name, value in vars(resources).items() if value is not None})
