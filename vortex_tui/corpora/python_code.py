"""Python: a function's signature and docstring, and its body."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Sequence

from vortex_tui.corpora.code_piece import piece
from vortex_tui.corpora.piece import Dropped, Piece

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def pieces(text: str, name: str) -> list[Piece | Dropped]:
    """Every function, method, and class without methods. Raises SyntaxError, also for what is too deep."""
    try:
        with warnings.catch_warnings():
            # A file's own invalid escapes are no concern of whoever ingests it.
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (ValueError, RecursionError, MemoryError) as error:
        raise SyntaxError(str(error)) from error
    # As ast counts them: other separators of lines are characters to it.
    lines = text.split("\n")
    return [
        made
        for node, owners in _definitions(tree.body, ())
        if (made := _piece(node, owners, lines, name)) is not None
    ]


def _definitions(
    body: Sequence[ast.stmt], owners: tuple[ast.ClassDef, ...]
) -> Iterator[tuple[Definition, tuple[ast.ClassDef, ...]]]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node, owners
        elif isinstance(node, ast.ClassDef):
            inner = list(_definitions(node.body, (*owners, node)))
            yield from inner or [(node, owners)]


def _piece(
    node: Definition, owners: tuple[ast.ClassDef, ...], lines: list[str], name: str
) -> Piece | Dropped | None:
    first = node.body[0]
    documented = ast.get_docstring(node, clean=False) is not None
    if documented and len(node.body) == 1:
        return None  # nothing but words: there is no body to learn
    end = node.end_lineno or node.lineno
    start = (first.end_lineno or first.lineno) if documented else _start(first) - 1
    if start < node.lineno or start >= end:
        return None  # all on one line
    begin = _start(node) - 1
    while begin and lines[begin - 1].strip().startswith("#"):
        begin -= 1
    above = [lines[owner.lineno - 1] for owner in owners]
    part = ".".join([*(owner.name for owner in owners), node.name])
    head = "\n".join([*above, *lines[begin:start]])
    return piece("Python", name, head, "\n".join(lines[start:end]), part)


def _start(statement: ast.stmt) -> int:
    """The first line of a statement, its decorators included."""
    if isinstance(statement, Definition):
        return min([statement.lineno, *(decorator.lineno for decorator in statement.decorator_list)])
    return statement.lineno
