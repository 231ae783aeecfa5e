"""What a task is to do, in the runner's terms (docs/tasks.md)."""
from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable, Mapping, Optional, Sequence, Union

from ._errors import EnvRunnerError
from ._generated import envrunner_pb2 as pb

PythonEntry = Union[str, Callable[..., Any]]
"""`package.module:function`, `path/script.py:function`, either without its function, or a function of a module, which is called by its name."""

if TYPE_CHECKING:  # known to type checkers alone, so that nothing has to be installed for it
    from typing_extensions import TypedDict

    class Options(TypedDict, total=False):
        """What `Client.submit` takes beside a command, an id and a Python entry point."""

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


def to_json(value: Any, what: str) -> str:
    """Sorted, so that the same value is the same text: a repeated submission has to be the same. Raises EnvRunnerError for what JSON cannot carry."""
    try:
        return json.dumps(value, allow_nan=False, sort_keys=True, separators=(',', ':'))
    except (TypeError, ValueError) as error:
        raise EnvRunnerError('INVALID_SPEC', f'this has no form in JSON: {error}', what, 'Use texts, finite numbers, lists and dicts') from None


def to_words(words: Sequence[str], what: str) -> Sequence[str]:
    if isinstance(words, str):
        raise TypeError(f"{what} is a list of words, such as ['sh', '-c', {words!r}]")
    return words


def to_python(entry: PythonEntry, args: Optional[Mapping[str, Any]]) -> pb.PythonCall:
    name, _, function = (entry if isinstance(entry, str) else _name_of(entry)).partition(':')
    call = pb.PythonCall(function=function, args_json=to_json(dict(args), 'payload.execution.python.args') if args else '')
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


def to_resources(resources: Resources) -> pb.Resources:
    return pb.Resources(**{name: value for name, value in vars(resources).items() if value is not None})


def to_artifacts(inputs: Sequence[Input], outputs: Sequence[Output]) -> pb.Artifacts:
    return pb.Artifacts(inputs=[pb.Input(**vars(each)) for each in inputs], outputs=[pb.Output(**vars(each)) for each in outputs])


def to_mounts(mounts: Sequence[Mount]) -> Sequence[pb.Mount]:
    return [pb.Mount(**vars(each)) for each in mounts]
