"""Calls the function that a task names, and tells its value or its exception to the runner (docs/python.md).

Started by its path, so that nothing in the task's directory can take its place.
"""
from __future__ import annotations

import os
import sys

_PACKAGE = os.path.dirname(os.path.abspath(__file__))
_HOME = os.path.dirname(_PACKAGE)
if __name__ == '__main__':  # not so in a process of multiprocessing, which was given the path of this one
    sys.path[:] = [_HOME, *(path for path in sys.path if os.path.abspath(path) not in (_PACKAGE, _HOME))]
from collections.abc import Coroutine  # noqa: E402

import env_runner  # noqa: E402 - loaded before the task's own directories are searched

CALL_FILE = '.env-runner-python.json'
MESSAGE_MAX = 8_000
TRACEBACK_MAX = 16_000
"""The runner keeps less of both; this bounds the line."""


def main() -> int:
    """The exit code."""
    try:
        call, work_dir = _read_call()
        _prepare(work_dir)
        _run(call, work_dir)
        return 0
    except (SystemExit, KeyboardInterrupt):
        raise
    except BaseException as error:
        _report(error)
        return 1


def _read_call() -> tuple[dict, str]:
    import json

    events = os.environ.get('ENV_RUNNER_EVENTS')
    if not events:
        raise RuntimeError('this program is started by env-runner: ENV_RUNNER_EVENTS is not set')
    work_dir = os.path.dirname(events)
    with open(os.path.join(work_dir, CALL_FILE), encoding='utf-8') as file:
        return json.load(file), work_dir


def _prepare(work_dir: str) -> None:
    """The task's own directories are searched first, and this package last, also by the Python programs that the task starts."""
    own = [os.getcwd()] if os.path.realpath(os.getcwd()) == os.path.realpath(work_dir) else [os.getcwd(), work_dir]
    sys.path[:] = [*own, *(path for path in sys.path if path != _HOME), _HOME]
    inherited = [path for path in os.environ.get('PYTHONPATH', '').split(os.pathsep) if path not in ('', _HOME)]
    os.environ['PYTHONPATH'] = os.pathsep.join([*inherited, _HOME])
    if sys.stdout is not None and hasattr(sys.stdout, 'reconfigure'):
        sys.stdout.reconfigure(line_buffering=True)  # a line is in the log when it is printed, and whole


def _run(call: dict, work_dir: str) -> None:
    script = call.get('script')
    path = None if script is None else os.path.join(work_dir, script)
    if path is not None:
        if sys.path[0] != os.path.dirname(path):
            sys.path.insert(0, os.path.dirname(path))
        sys.argv[:] = [path]
        if call.get('function') is None:
            return _run_whole(path)
    owner = _import(call['module']) if path is None else _load(path)
    function = _find(owner, call['function'], call.get('module') or script)
    value = function(**call['args'])
    if isinstance(value, Coroutine):
        import asyncio

        value = asyncio.run(value)
    if value is not None:
        env_runner.result(value)


def _import(name: str):
    import importlib

    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f'{name}.'.startswith(f'{error.name}.'):
            raise  # a module that the task's own module needs
        searched = ', '.join(path for path in sys.path if path != _HOME)
        raise ModuleNotFoundError(f'there is no module {name} (searched: {searched})', name=error.name) from None


def _load(path: str):
    """A script as a module under its own name, so that what it defines can be pickled and found again; `if __name__ == '__main__'` does not run."""
    import importlib.util

    _expect_file(path)
    stem = os.path.splitext(os.path.basename(path))[0]
    name = 'env_runner_script' if stem in sys.modules else stem
    from importlib.machinery import SourceFileLoader

    spec = importlib.util.spec_from_file_location(name, path, loader=SourceFileLoader(name, path))
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _run_whole(path: str) -> None:
    """As `python3 path` does it: the script is `__main__`, for pickle and multiprocessing too."""
    import builtins
    import types
    from importlib.machinery import SourceFileLoader

    _expect_file(path)
    module = types.ModuleType('__main__')
    module.__file__ = path
    module.__builtins__ = builtins
    module.__loader__ = SourceFileLoader('__main__', path)
    sys.modules['__main__'] = module
    with open(path, 'rb') as file:
        code = compile(file.read(), path, 'exec', dont_inherit=True)
    exec(code, module.__dict__)


def _expect_file(path: str) -> None:
    if not os.path.isfile(path):
        raise FileNotFoundError(f'there is no script {path}: name it as an input, or mount it below the work directory')


def _find(owner, names: str, said: str):
    found = owner
    for name in names.split('.'):
        try:
            found = getattr(found, name)
        except AttributeError:
            raise AttributeError(f'{said} has no function {names}{_nearest(found, name)}') from None
    if not callable(found):
        raise TypeError(f'{names} of {said} is no function: it is of the type {type(found).__name__}')
    return found


def _nearest(owner, name: str) -> str:
    import difflib

    near = difflib.get_close_matches(name, [each for each in dir(owner) if callable(getattr(owner, each, None))], n=1)
    return f': did you mean {near[0]}?' if near else ''


def _report(error: BaseException) -> None:
    """On stderr as Python does it, and to the runner."""
    import traceback

    error.__traceback__ = _own_frames_cut(error.__traceback__)
    try:
        sys.excepthook(type(error), error, error.__traceback__)
    except Exception:
        traceback.print_exception(type(error), error, error.__traceback__)
    try:
        message = str(error)
    except Exception:
        message = '(its text cannot be told: str() of it fails)'
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ in ('builtins', '__main__') else f'{kind.__module__}.{kind.__qualname__}'
    text = ''.join(traceback.format_exception(kind, error, error.__traceback__))
    env_runner._tell('error', {'exception': name, 'message': message[:MESSAGE_MAX], 'traceback': text[-TRACEBACK_MAX:]})


def _own_frames_cut(frames):
    """Without the frames by which the task's own code was reached."""
    while frames is not None and _is_ours(frames.tb_frame.f_code.co_filename):
        frames = frames.tb_next
    return frames


def _is_ours(file: str) -> bool:
    library = os.path.dirname(os.path.abspath(os.__file__))
    ours = (_PACKAGE, os.path.join(library, 'importlib'), os.path.join(library, 'asyncio'))
    return file.startswith('<frozen ') or file.startswith(tuple(f'{directory}{os.sep}' for directory in ours))


if __name__ == '__main__':
    sys.exit(main())
