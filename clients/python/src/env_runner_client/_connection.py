"""Calls that survive interruptions."""
from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass
from typing import Callable, Iterator, Optional, TypeVar, Union

import grpc

from ._errors import EnvRunnerError, from_rpc, is_interruption
from ._generated import envrunner_pb2_grpc as stubs

Request = TypeVar('Request')
Response = TypeVar('Response')

CALL_SECONDS = 30.0
"""An answer takes milliseconds; a call that takes longer is made again, which is harmless for each of ours."""
_PAUSE_SECONDS, _PAUSE_SECONDS_MAX = 0.05, 2.0
"""Between attempts: doubled each time, with full jitter."""
_MESSAGE_BYTES_MAX = 64 << 20
_OPTIONS = (
    ('grpc.max_receive_message_length', _MESSAGE_BYTES_MAX),
    # A host that vanished without a word is noticed after a minute and a half.
    ('grpc.keepalive_time_ms', 60_000),
    ('grpc.keepalive_timeout_ms', 30_000),
    # gRPC's own pause between attempts to connect grows to two minutes unless told otherwise.
    ('grpc.initial_reconnect_backoff_ms', 100),
    ('grpc.max_reconnect_backoff_ms', 2_000),
    # Retries are ours: they know which codes pass, and for how long to try.
    ('grpc.enable_retries', 0),
)


@dataclass(frozen=True)
class TLS:
    """Paths of PEM files. Without `ca` the authorities that gRPC brings are trusted; `certificate` and `key` say who the client is."""

    ca: Optional[str] = None
    certificate: Optional[str] = None
    key: Optional[str] = None
    server_name: Optional[str] = None
    """Expected in the server's certificate, where it is not the host of the address."""


class Connection:
    """One channel to a runner, for any number of threads. What is interrupted is tried again for `retry_seconds` since the last sign of life; a runner that
    never gave one is given up after `connect_seconds`."""

    def __init__(self, address: str, token: Optional[str], tls: Union[TLS, bool], connect_seconds: float, retry_seconds: float) -> None:
        self.address = address
        self._connect_seconds, self._retry_seconds = connect_seconds, retry_seconds
        self._has_answered = False
        self._metadata = (('authorization', f'Bearer {token}'),) if token else ()
        self._closed = threading.Event()
        self._channel = _open(address, TLS() if tls is True else tls or None)
        self.tasks = stubs.TaskServiceStub(self._channel)
        self.arrays = stubs.ArrayServiceStub(self._channel)

    def close(self) -> None:
        self._closed.set()
        self._channel.close()

    def call(
        self, method: grpc.UnaryUnaryMultiCallable[Request, Response], request: Request, seconds: float = CALL_SECONDS
    ) -> Response:
        """Makes a call that may be repeated. Each attempt gets so many seconds. Raises EnvRunnerError."""
        patience = self.patience()
        while True:
            self.assert_open()
            try:
                response = method(request, timeout=seconds, metadata=self._metadata)
                self._has_answered = True
                return response
            except grpc.RpcError as error:
                patience.pause(error)
            except ValueError:  # the channel was closed by another thread
                self.assert_open()
                raise

    def stream(
        self, method: grpc.UnaryStreamMultiCallable[Request, Response], next_request: Callable[[], Request]
    ) -> Iterator[Response]:
        """What a stream sends until its end. After an interruption it is opened again with what `next_request` says then."""
        patience = self.patience()
        while True:
            self.assert_open()
            try:
                call = method(next_request(), metadata=self._metadata)
            except ValueError:
                self.assert_open()
                raise
            try:
                for response in call:
                    self._has_answered = True
                    patience = self.patience()
                    yield response
                self._has_answered = True
                return
            except grpc.RpcError as error:
                patience.pause(error)
            finally:
                call.cancel()

    def patience(self) -> Patience:
        """For something that begins now, or had a sign of life now."""
        return Patience(self)

    def retry_seconds(self) -> float:
        return self._retry_seconds if self._has_answered else self._connect_seconds

    def wait(self, seconds: float) -> None:
        """At most so long; shorter when the client is closed."""
        self._closed.wait(seconds)

    def assert_open(self) -> None:
        """Raises EnvRunnerError `CLIENT_CLOSED`."""
        if self._closed.is_set():
            hint = 'The task goes on: Client.task(id) finds it again'
            raise EnvRunnerError('CLIENT_CLOSED', 'the client was closed', hint=hint) from None


class Patience:
    """How long to try again."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._began = time.monotonic()
        self._pause = _PAUSE_SECONDS

    def pause(self, error: grpc.RpcError) -> None:
        """Waits before the next attempt. Raises the error in our words when there is none: it would fail again, or the time is over."""
        self._connection.assert_open()
        is_slow = error.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        is_over = time.monotonic() - self._began >= self._connection.retry_seconds()
        if is_over or not (is_slow or is_interruption(error)):
            raise from_rpc(error) from None
        self.wait()

    def wait(self) -> None:
        self._connection.wait(random.uniform(0, self._pause))
        self._pause = min(2 * self._pause, _PAUSE_SECONDS_MAX)


def _open(address: str, tls: Optional[TLS]) -> grpc.Channel:
    if tls is None:
        return grpc.insecure_channel(address, options=_OPTIONS)
    credentials = grpc.ssl_channel_credentials(
        root_certificates=_read(tls.ca), private_key=_read(tls.key), certificate_chain=_read(tls.certificate)
    )
    named = (('grpc.ssl_target_name_override', tls.server_name),) if tls.server_name else ()
    return grpc.secure_channel(address, credentials, options=(*_OPTIONS, *named))


def _read(path: Optional[str]) -> Optional[bytes]:
    if path is None:
        return None
    with open(path, 'rb') as file:
        return file.read()
