"""Values of Python as JSON that the runner takes."""
from __future__ import annotations

import enum
import math
import os
from collections.abc import Mapping, Set
from datetime import date, time
from typing import Any

DEPTH_MAX = 64
"""Levels of lists and objects that the runner takes."""
_FORBIDDEN_KEYS = frozenset(('__proto__', 'constructor', 'prototype'))
_DOUBLE_MAX = 1 << 1024


class ResultError(ValueError):
    """A result that cannot be told. The message names the place in it."""

    __module__ = 'env_runner'


def plain(value: Any, place: str = 'result', depth: int = 0) -> Any:
    """The value in terms of JSON. Raises ResultError, with the place, where there is no obvious form."""
    if depth > DEPTH_MAX:
        raise ResultError(f'{_short(place)} is nested deeper than {DEPTH_MAX} levels, or holds itself')
    if isinstance(value, enum.Enum):
        return plain(value.value, place, depth + 1)
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        if abs(value) >= _DOUBLE_MAX:
            raise ResultError(f'{place} is larger than a number of JSON can be: return it as text')
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ResultError(f'{place} is {value}, which JSON cannot carry: return None or text instead')
        return float(value)
    if isinstance(value, Mapping):
        return {_key(key, place): plain(item, f'{place}.{key}', depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple, Set)):
        return [plain(item, f'{place}[{index}]', depth + 1) for index, item in enumerate(value)]
    if hasattr(type(value), '__dataclass_fields__'):
        import dataclasses  # only now: it brings much with it, which whoever made the dataclass has loaded already

        return {field.name: plain(getattr(value, field.name), f'{place}.{field.name}', depth + 1) for field in dataclasses.fields(value)}
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, os.PathLike):
        return plain(os.fspath(value), place, depth + 1)
    if not isinstance(value, type) and callable(getattr(value, 'tolist', None)):  # arrays and scalars of numpy, and of those who follow it
        return plain(value.tolist(), place, depth + 1)
    raise ResultError(f'{place} is of the type {type(value).__name__}, which has no form in JSON: return numbers, texts, lists and dicts')


def _key(key: Any, place: str) -> str:
    if isinstance(key, enum.Enum):
        key = key.value
    if isinstance(key, bool) or not isinstance(key, (str, int, float)):
        raise ResultError(f'{place} has the key {_short(repr(key))}: keys are texts or numbers')
    if str(key) in _FORBIDDEN_KEYS:
        raise ResultError(f'{place} has the key {key}, which the runner takes from nobody: rename it')
    return str(key)


def _short(place: str) -> str:
    return place if len(place) <= 100 else f'{place[:100]}…'
