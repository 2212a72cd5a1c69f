"""Functions of the standard library with a docstring: what `code` completes and `docs` describes."""

from __future__ import annotations

import ast
import hashlib
import random
import textwrap
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from vortex_tui.nano import stdlib
from vortex_tui.nano.tasks.phrasing import Split, normal

_HEAD, _BODY, _SUMMARY = 260, 300, 120  # characters at most
_BUCKETS: tuple[Split, ...] = ("train",) * 17 + ("router", "calibration", "gate")


class Function(NamedTuple):
    """One documented function: its `def` line, the first sentence about it, its code."""

    head: str
    summary: str
    body: str


@cache
def functions(split: Split) -> tuple[Function, ...]:
    """Return the functions of `split`; those of "test" are from packages that nothing learns from."""
    library = _read(held_out=False)
    if split == "train":
        return tuple(f for f in library if _bucket(f) == split)
    # Classes that look alike have methods that look alike, from their head to their body or docstring.
    others = {asked for f in library if split == "test" or _bucket(f) != split for asked in _requests(f)}
    own = _read(held_out=True) if split == "test" else [f for f in library if _bucket(f) == split]
    return tuple(f for f in own if others.isdisjoint(_requests(f)))


@cache
def _read(*, held_out: bool) -> tuple[Function, ...]:
    """Parse the whole library once, or the held-out packages."""
    files = stdlib.held_out_files() if held_out else None
    return tuple(sorted({f for text in stdlib.read_sources(files).values() for f in _of(text)}))


def draw(rng: random.Random, split: Split) -> Function:
    """Draw one function of `split`."""
    known = functions(split)
    return known[rng.randrange(len(known))]


def _requests(function: Function) -> tuple[str, str]:
    """Return what `code` and `docs` show of it."""
    return normal(f"{function.head} {function.summary}"), normal(f"{function.head} {function.body}")


def _bucket(function: Function) -> Split:
    return _BUCKETS[hashlib.sha256(function.body.encode()).digest()[0] % len(_BUCKETS)]


def _of(text: str) -> Iterator[Function]:
    """Yield the short documented functions of one module."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return
    lines = text.splitlines()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and len(node.body) > 1:
            yield from _function(node, lines)


def _function(node: ast.FunctionDef, lines: list[str]) -> Iterator[Function]:
    doc = ast.get_docstring(node)
    if not doc:
        return
    summary = " ".join(doc.split("\n\n")[0].split())
    head = textwrap.dedent("\n".join(lines[node.lineno - 1 : node.body[0].lineno - 1]))
    body = textwrap.dedent("\n".join(lines[node.body[0].end_lineno or 0 : node.end_lineno])).strip("\n")
    if head and len(head) <= _HEAD and 10 < len(summary) <= _SUMMARY and 0 < len(body) <= _BODY:
        yield Function(head, summary, body)
