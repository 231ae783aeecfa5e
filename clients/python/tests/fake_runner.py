"""A runner that exists in memory alone and breaks off when it is told to."""
from __future__ import annotations

import collections
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Callable, Deque, Dict, Iterator, List, Optional, Tuple

import grpc

from env_runner_client._generated import envrunner_pb2 as pb
from env_runner_client._generated import envrunner_pb2_grpc as stubs

Trouble = Callable[[grpc.ServicerContext], None]


def unavailable(context: grpc.ServicerContext) -> None:
    """As a broken connection looks."""
    context.abort(grpc.StatusCode.UNAVAILABLE, 'Socket closed')


def refused(status: grpc.StatusCode, code: str, message: str, path: str = '', hint: str = '') -> Trouble:
    """As the runner refuses."""
    said = f'{code}: {message}' + (f' ({path})' if path else '') + (f'. {hint}' if hint else '')

    def abort(context: grpc.ServicerContext) -> None:
        told = {'env-runner-code': code, 'env-runner-path': path, 'env-runner-hint': hint}
        context.set_trailing_metadata(tuple((key, re.sub('[^ -~]', '?', value)) for key, value in told.items() if value))
        context.abort(status, said)

    return abort


class EndEarly(Exception):
    """The stream ends as if all were said: so does one of a runner that stops."""


def end_early(context: grpc.ServicerContext) -> None:
    raise EndEarly


class FakeRunner(stubs.TaskServiceServicer, stubs.ArrayServiceServicer):
    """`troubles[method]` are taken one per call: how many messages are sent before (None: the call does its work, and then breaks off), and what happens then."""

    def __init__(self) -> None:
        self.tasks: Dict[str, pb.Task] = {}
        self.submissions: List[pb.SubmitTaskRequest] = []
        self.arrays: Dict[str, pb.Array] = {}
        self.array_submissions: List[pb.SubmitArrayRequest] = []
        self.updates: Dict[str, List[pb.TaskUpdate]] = {}
        self.logs: Dict[Tuple[str, int, str], bytes] = {}
        self.holes: Dict[Tuple[str, int, str], Tuple[int, int]] = {}
        self.log_requests: List[pb.ReadLogsRequest] = []
        self.tokens: List[Optional[str]] = []
        self.troubles: Dict[str, Deque[Tuple[Optional[int], Trouble]]] = collections.defaultdict(collections.deque)
        self.ends: Dict[str, threading.Event] = collections.defaultdict(threading.Event)
        self.run: Callable[[pb.SubmitTaskRequest], pb.Result] = lambda request: completed()
        self._lock = threading.Lock()
        self._server: Optional[grpc.Server] = None
        self.port = 0

    @property
    def address(self) -> str:
        return f'127.0.0.1:{self.port}'

    def start(self, credentials: Optional[grpc.ServerCredentials] = None) -> None:
        """On the port it had before, when it had one."""
        self._server = grpc.server(ThreadPoolExecutor(64))
        stubs.add_TaskServiceServicer_to_server(self, self._server)
        stubs.add_ArrayServiceServicer_to_server(self, self._server)
        if credentials is None:
            self.port = self._server.add_insecure_port(self.address)
        else:
            self.port = self._server.add_secure_port(self.address, credentials)
        self._server.start()

    def start_again(self) -> None:
        """Unless it runs."""
        if self._server is None:
            self.start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.stop(0).wait()
            self._server = None

    def SubmitTask(self, request, context):
        self.tokens.append(dict(context.invocation_metadata()).get('authorization'))
        messages, trouble = self._next_trouble('SubmitTask')
        if messages is not None:
            trouble(context)
        with self._lock:
            known = next((each for each in self.submissions if each.id == request.id), None)
            if known is None:
                self.submissions.append(request)
                self.tasks[request.id] = pb.Task(id=request.id, task_class=request.task_class, state=pb.TASK_STATE_RUNNING, attempt=1)
        if known is not None and known != request:
            refused(grpc.StatusCode.ALREADY_EXISTS, 'TASK_CONFLICT', 'the id belongs to another task', 'id', 'Choose another')(context)
        trouble(context)
        return pb.SubmitTaskResponse(task=self.tasks[request.id], created=known is None)

    def GetTask(self, request, context):
        self._next_trouble('GetTask')[1](context)
        return self._task(request.id, context)

    def WaitTask(self, request, context):
        self._next_trouble('WaitTask')[1](context)
        task = self._task(request.id, context)
        if request.id in self.ends and not self.ends[request.id].wait(min(request.timeout_seconds, 5)):
            return task
        submission = next((each for each in self.submissions if each.id == request.id), None)
        with self._lock:
            if submission is not None and task.state == pb.TASK_STATE_RUNNING:
                end(task, self.run(submission))
        return task

    def CancelTask(self, request, context):
        task = self._task(request.id, context)
        with self._lock:
            end(task, pb.Result(state=pb.TASK_STATE_CANCELLED, error_code='CANCELLED', error=f'CANCELLED: {request.reason}'))
        self.ends[request.id].set()
        return task

    def ListTasks(self, request, context):
        """Two a page."""
        tasks = [
            task
            for task in reversed(list(self.tasks.values()))
            if (not request.states or task.state in request.states) and request.array_id in ('', task.array_id)
        ]
        begin = int(request.page_token or 0)
        return pb.ListTasksResponse(tasks=tasks[begin : begin + 2], next_page_token=str(begin + 2) if begin + 2 < len(tasks) else '')

    def SubmitArray(self, request, context):
        self.array_submissions.append(request)
        return self._array(request.id, range(request.count or len(request.items)), concurrency=request.concurrency)

    def GetArray(self, request, context):
        array = self.arrays[request.id]
        states = [task.state for task in self.tasks.values() if task.array_id == array.id]
        array.ended = all(state >= pb.TASK_STATE_COMPLETED for state in states)
        array.tasks.update({'running': states.count(pb.TASK_STATE_RUNNING), 'completed': states.count(pb.TASK_STATE_COMPLETED)})
        return array

    def RerunArray(self, request, context):
        again = [task.array_index for task in self.tasks.values() if task.array_id == request.id and task.state > pb.TASK_STATE_COMPLETED]
        array = self._array(request.new_id, again, rerun_of=request.id)
        self._next_trouble('RerunArray')[1](context)
        return array

    def CancelArray(self, request, context):
        for task in self.tasks.values():
            if task.array_id == request.id:
                self.CancelTask(pb.CancelTaskRequest(id=task.id, reason=request.reason), context)
        return self.GetArray(request, context)

    def _array(self, id, indexes, **more):
        with self._lock:
            if id not in self.arrays:
                self.arrays[id] = pb.Array(id=id, count=len(indexes), **more)
                for index in indexes:
                    name = f'{id}.{index}'
                    self.submissions.append(pb.SubmitTaskRequest(id=name))
                    self.tasks[name] = pb.Task(id=name, state=pb.TASK_STATE_RUNNING, attempt=1, array_id=id, array_index=index)
        return self.arrays[id]

    def WatchTasks(self, request, context):
        after = request.after_position if request.HasField('after_position') else -1
        updates = [update for id in request.ids for update in self.updates[id] if update.position > after]
        return self._broken_off('WatchTasks', sorted(updates, key=lambda update: update.position), context)

    def ReadLogs(self, request, context):
        self.log_requests.append(request)
        return self._broken_off('ReadLogs', self._chunks(request, context), context)

    def _chunks(self, request, context) -> Iterator[pb.LogChunk]:
        """Three bytes each, the streams in turn."""
        cursors = {}
        for number in request.streams or (pb.LOG_STREAM_STDOUT, pb.LOG_STREAM_STDERR):
            key = (request.id, request.attempt, 'stdout' if number == pb.LOG_STREAM_STDOUT else 'stderr')
            hole = self.holes.get(key)
            if hole and hole[0] <= request.offset < hole[1]:
                refused(grpc.StatusCode.OUT_OF_RANGE, 'OUT_OF_RANGE', 'these bytes were given back', 'offset', f'Next: {hole[1]}')(context)
            cursors[number] = (key, request.offset)
        while cursors:
            for number, (key, offset) in list(cursors.items()):
                data, hole, gap = self.logs.get(key, b''), self.holes.get(key), 0
                if hole and offset == hole[0]:
                    gap, offset = hole[1] - hole[0], hole[1]
                until = min(offset + 3, hole[0]) if hole and offset < hole[0] else offset + 3
                piece = data[offset:until]
                if not piece:
                    del cursors[number]
                    continue
                yield pb.LogChunk(stream=number, attempt=request.attempt, offset=offset, data=piece, gap=gap)
                cursors[number] = (key, offset + len(piece))

    def _broken_off(self, method, messages, context):
        allowed, trouble = self._next_trouble(method)
        try:
            for sent, message in enumerate(messages):
                if sent == allowed:
                    trouble(context)
                yield message
            trouble(context)
        except EndEarly:
            return

    def _next_trouble(self, method: str) -> Tuple[Optional[int], Trouble]:
        with self._lock:
            return self.troubles[method].popleft() if self.troubles[method] else (None, lambda context: None)

    def _task(self, id: str, context: grpc.ServicerContext) -> pb.Task:
        if id not in self.tasks:
            refused(grpc.StatusCode.NOT_FOUND, 'NOT_FOUND', f'there is no task {id}', 'id')(context)
        return self.tasks[id]


def end(task: pb.Task, result: pb.Result) -> None:
    task.state = result.state
    task.result.CopyFrom(result)


def completed(value: str = '', **more) -> pb.Result:
    return pb.Result(state=pb.TASK_STATE_COMPLETED, exit_code=0, attempts=1, runner_output_json=value, **more)


def failed(**more) -> pb.Result:
    told = {'exit_code': 3, 'attempts': 1, 'error_code': 'EXIT_NONZERO', 'error': 'EXIT_NONZERO: the command ended with exit code 3', **more}
    return pb.Result(state=pb.TASK_STATE_FAILED, **told)
