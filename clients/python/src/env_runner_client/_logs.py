"""Logs by offset: an offset of an attempt's stream means the same byte for ever."""
from __future__ import annotations

import codecs
import itertools
from dataclasses import dataclass
from typing import Dict, Iterator, Optional, Sequence, Tuple

from ._connection import Connection
from ._errors import EnvRunnerError
from ._generated import envrunner_pb2 as pb
from ._state import State, TaskInfo, info_of
from ._watch import watch

Stream = str
"""`stdout` or `stderr`."""

_numbers = {'stdout': pb.LOG_STREAM_STDOUT, 'stderr': pb.LOG_STREAM_STDERR}
_names = {int(number): name for name, number in _numbers.items()}
_may_print = (State.PENDING, State.PREPARING, State.RUNNING)
_LINE_CHARACTERS_MAX = 1 << 20


@dataclass(frozen=True)
class LogChunk:
    stream: Stream
    attempt: int
    offset: int
    """Of the first byte, in this stream of this attempt."""
    data: bytes
    gap: int
    """Bytes before these that were given back because the log was over its cap."""


@dataclass(frozen=True)
class LogLine:
    stream: Stream
    attempt: int
    text: str
    """Without its end. A line of more than 2^20 characters comes in parts."""


class LogReader:
    """Reads a task's logs at the reader's pace, attempt by attempt. A call that ends is only believed when the task's state says the same."""

    def __init__(self, connection: Connection, id: str, streams: Sequence[Stream], *, follow: bool) -> None:
        unknown = [name for name in streams if name not in _numbers]
        if unknown or not streams:
            raise ValueError(f'streams are stdout and stderr, not {unknown or "none"}')
        self._connection, self._id, self._streams, self._follow = connection, id, streams, follow
        self._next: Dict[Stream, int] = {}

    def read(self, wanted: Optional[int], offset: int) -> Iterator[LogChunk]:
        first = wanted or self._info().attempt or (1 if self._follow else 0)
        for attempt in itertools.count(first):
            if attempt == 0 or (self._follow and not self._begins(attempt)):
                return
            self._next = dict.fromkeys(self._streams, offset if attempt == first else 0)
            yield from self._attempt(attempt)
            if wanted or not self._follow:
                return

    def _attempt(self, attempt: int) -> Iterator[LogChunk]:
        patience = self._connection.patience()
        while True:
            before = dict(self._next)
            yield from self._pieces(self._streams, attempt, self._follow)
            if not self._follow:
                return
            if self._is_over(attempt):
                break
            patience = self._connection.patience() if self._next != before else patience
            patience.wait()
        # The runner may have stopped in the middle and the task have ended since: what is behind the last byte seen, mostly nothing.
        for stream in self._streams:
            yield from self._pieces((stream,), attempt, False)

    def _pieces(self, streams: Sequence[Stream], attempt: int, follow: bool) -> Iterator[LogChunk]:
        """From where each stream stands. One offset goes for all streams of a call, so that after an interruption some bytes come again: they are cut off."""
        begin, from_start = dict(self._next), False

        def request() -> pb.ReadLogsRequest:
            offset = 0 if from_start else min(self._next[name] for name in streams)
            return pb.ReadLogsRequest(id=self._id, streams=[_numbers[name] for name in streams], attempt=attempt, offset=offset, follow=follow)

        while True:
            try:
                for message in self._connection.stream(self._connection.tasks.ReadLogs, request):
                    chunk = self._unseen(message)
                    if chunk is not None:
                        yield chunk
                return
            except EnvRunnerError as error:
                # The place where we stand was given back in the meantime. From the start on, the runner itself leads across the gap.
                if error.code != 'OUT_OF_RANGE' or from_start or begin == self._next:
                    raise
                from_start = True

    def _unseen(self, message: pb.LogChunk) -> Optional[LogChunk]:
        stream = _names.get(message.stream)
        if stream not in self._next:
            return None
        expected, end = self._next[stream], message.offset + len(message.data)
        if end <= expected:
            return None
        self._next[stream] = end
        offset = max(expected, message.offset)
        return LogChunk(stream, message.attempt, offset, message.data[offset - message.offset :], offset - expected)

    def _info(self) -> TaskInfo:
        return info_of(self._connection.call(self._connection.tasks.GetTask, pb.GetTaskRequest(id=self._id)))

    def _is_over(self, attempt: int) -> bool:
        info = self._info()
        return info.attempt > attempt or info.state not in _may_print

    def _begins(self, attempt: int) -> bool:
        """Waits until the attempt has begun. False when it never will."""
        info = self._info()
        if info.attempt >= attempt or info.state.ended:
            return info.attempt >= attempt
        return any(update.attempt >= attempt for update in watch(self._connection, (self._id,)))


def lines_of(chunks: Iterator[LogChunk]) -> Iterator[LogLine]:
    """Lines of each stream in the order in which they are complete; what has no end comes last, or before a gap."""
    rests: Dict[Tuple[Stream, int], Tuple[codecs.IncrementalDecoder, str]] = {}
    for chunk in chunks:
        key = (chunk.stream, chunk.attempt)
        if chunk.gap:
            yield from _ended(key, rests.pop(key, None))
        decoder, rest = rests.get(key) or (codecs.getincrementaldecoder('utf-8')('replace'), '')
        *lines, rest = (rest + decoder.decode(chunk.data)).split('\n')
        for text in lines:
            yield LogLine(*key, text)
        while len(rest) > _LINE_CHARACTERS_MAX:
            yield LogLine(*key, rest[:_LINE_CHARACTERS_MAX])
            rest = rest[_LINE_CHARACTERS_MAX:]
        rests[key] = (decoder, rest)
    for key, open_line in rests.items():
        yield from _ended(key, open_line)


def _ended(key: Tuple[Stream, int], open_line: Optional[Tuple[codecs.IncrementalDecoder, str]]) -> Iterator[LogLine]:
    if open_line is not None:
        decoder, rest = open_line
        text = rest + decoder.decode(b'', True)
        if text:
            yield LogLine(*key, text)
