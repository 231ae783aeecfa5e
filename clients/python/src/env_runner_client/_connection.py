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
    """One channel to a runner, for any number of threads. What is interrupted is tried again for `retry_seconds` since the last sign of life."""

    def __init__(self, address: str, token: Optional[str], tls: Union[TLS, bool], retry_seconds: float) -> None:
        self.address = address
        self._retry_seconds = retry_seconds
        self._metadata = (('authorization', f'Bearer {token}'),) if token else ()
        self._closed = threading.Event()
        self._channel = _open(address, TLS() if tls is True else tls or None)
        self.tasks = stubs.TaskServiceStub(self._channel)
        self.runner = stubs.RunnerServiceStub(self._channel)

    def close(self) -> None:
        self._closed.set()
        self._channel.close()

    def call(
        self, method: grpc.UnaryUnaryMultiCallable[Request, Response], request: Request, seconds: float = CALL_SECONDS
    ) -> Response:
        """Makes a call that may be repeated. Each attempt gets so many seconds. Raises EnvRunnerError."""
        patience = self.patience()
        while True:
            self._assert_open()
            try:
                return method(request, timeout=seconds, metadata=self._metadata)
            except grpc.RpcError as error:
                patience.pause(error)
            except ValueError:  # the channel was closed by another thread
                self._assert_open()
                raise

    def stream(
        self, method: grpc.UnaryStreamMultiCallable[Request, Response], next_request: Callable[[], Request]
    ) -> Iterator[Response]:
        """What a stream sends until its end. After an interruption it is opened again with what `next_request` says then."""
        patience = self.patience()
        while True:
            self._assert_open()
            try:
                call = method(next_request(), metadata=self._metadata)
            except ValueError:
                self._assert_open()
                raise
            try:
                for response in call:
                    patience = self.patience()
                    yield response
                return
            except grpc.RpcError as error:
                patience.pause(error)
            finally:
                call.cancel()

    def patience(self) -> Patience:
        return Patience(self._retry_seconds, self._closed)

    def _assert_open(self) -> None:
        if self._closed.is_set():
            raise closed_error()


class Patience:
    """How long to try again, from now on."""

    def __init__(self, seconds: float, closed: threading.Event) -> None:
        self._ends = time.monotonic() + seconds
        self._closed = closed
        self._pause = _PAUSE_SECONDS

    def pause(self, error: grpc.RpcError) -> None:
        """Waits before the next attempt. Raises the error in our words when there is none: it would fail again, or the time is over."""
        if self._closed.is_set():
            raise closed_error() from None
        is_slow = error.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        if time.monotonic() >= self._ends or not (is_slow or is_interruption(error)):
            raise from_rpc(error) from None
        self.wait()

    def wait(self) -> None:
        self._closed.wait(min(random.uniform(0, self._pause), max(0.0, self._ends - time.monotonic())))
        self._pause = min(2 * self._pause, _PAUSE_SECONDS_MAX)


def closed_error() -> EnvRunnerError:
    return EnvRunnerError('CLIENT_CLOSED', 'the client was closed', hint='The task goes on: Client.task(id) finds it again')


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
