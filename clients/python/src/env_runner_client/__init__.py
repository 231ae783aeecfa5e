"""Client of an env-runner: hands it tasks, watches them, reads their logs and results.

    from env_runner_client import Client

    with Client() as client:
        task = client.submit(['python3', '-c', 'print(6 * 7)'])
        print(task.result().stdout_tail)

What the program of a task imports to tell its progress is another package, `env_runner`: the runner brings it into every task.
"""
from ._array import Array, ArrayInfo
from ._client import Client
from ._connection import TLS
from ._errors import EnvRunnerError, TaskFailed
from ._logs import LogChunk, LogLine
from ._map import Map
from ._spec import Input, Mount, Output, Resources
from ._state import OutputFile, Progress, Result, State, TaskInfo, Update
from ._task import Task

__all__ = [
    'TLS',
    'Array',
    'ArrayInfo',
    'Client',
    'EnvRunnerError',
    'Input',
    'LogChunk',
    'LogLine',
    'Map',
    'Mount',
    'Output',
    'OutputFile',
    'Progress',
    'Resources',
    'Result',
    'State',
    'Task',
    'TaskFailed',
    'TaskInfo',
    'Update',
]
