"""Text from the Python standard library: sources, language topics, and what docstrings say."""

from __future__ import annotations

import ast
import random
import re
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from vortex_tui.errors import StorageError

_SKIPPED = {"test", "tests", "idlelib", "lib2to3", "site-packages", "dist-packages", "__pycache__",
            "encodings", "turtledemo", "pydoc_data", "ensurepip"}  # fmt: skip
# Read by no stage of the recipe: the base and two experts are measured on them.
HELD_OUT = ("idlelib", "lib2to3")
_CHUNK = 1600
_LONGEST_ANSWER = 110


class Fact(NamedTuple):
    """A name of the standard library and the first sentence of its docstring."""

    kind: str
    name: str
    summary: str


def _refuse(missing: str, package: str) -> StorageError:
    return StorageError(
        f"this Python has no {missing}",
        found=f"Python {sys.version.split()[0]} in {sys.prefix}",
        expected="a Python with its whole standard library",
        mend=f"install {package}, or run the recipe with the Python of python.org, uv or pyenv",
    )


def source_files() -> list[Path]:
    """Return the library's own Python files, in a fixed order."""
    root = Path(sysconfig.get_path("stdlib"))
    return [p for p in sorted(root.rglob("*.py")) if not _SKIPPED.intersection(p.relative_to(root).parts)]


def held_out_files() -> list[Path]:
    """Return the files of the packages that nothing learns from. Raises StorageError if there are none."""
    root = Path(sysconfig.get_path("stdlib"))
    found = [p for package in HELD_OUT for p in sorted((root / package).rglob("*.py"))]
    found = [p for p in found if not {"tests", "idle_test"}.intersection(p.relative_to(root).parts)]
    if not found:
        raise _refuse(" or ".join(HELD_OUT), "the package that has idlelib")
    return found


def read_sources(files: Sequence[Path] | None = None) -> dict[str, str]:
    """Return module name and text of every file that is valid UTF-8: the library's own unless `files`."""
    root = Path(sysconfig.get_path("stdlib"))
    found = {}
    for path in source_files() if files is None else files:
        try:
            name = ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
            found[name] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
    return found


def chunks(text: str) -> list[str]:
    """Split a source file at blank lines into pieces of about 1,600 characters."""
    pieces, current = [], ""
    for block in re.split(r"\n{2,}", text):
        if current and len(current) + len(block) > _CHUNK:
            pieces.append(current)
            current = ""
        current += block[: 2 * _CHUNK] + "\n\n"
    return [*pieces, current]


def topics() -> list[str]:
    """Return the language reference's topics, as `help()` shows them. Raises StorageError without them."""
    try:
        from pydoc_data import topics as data
    except ModuleNotFoundError as error:
        raise _refuse("pydoc_data.topics", "the package with Python's documentation topics") from error

    return [piece for text in data.topics.values() for piece in chunks(text)]


def facts(sources: dict[str, str], rng: random.Random) -> list[Fact]:
    """Return every documented public name, shuffled."""
    found = [fact for module, text in sources.items() for fact in _facts_of(module, text)]
    rng.shuffle(found)
    return found


def _facts_of(module: str, text: str) -> Iterator[Fact]:
    """Yield the facts of one module: itself, its functions, classes and methods."""
    if any(part.startswith("_") for part in module.split(".")):
        return
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return
    yield from _fact("module", module, tree)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield from _fact("function", f"{module}.{node.name}", node)
        elif isinstance(node, ast.ClassDef):
            yield from _fact("class", f"{module}.{node.name}", node)
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef):
                    yield from _fact("method", f"{node.name}.{inner.name}", inner)


def _fact(kind: str, name: str, node: ast.Module | ast.FunctionDef | ast.ClassDef) -> Iterator[Fact]:
    """Yield the fact of one documented node, when its first sentence is short."""
    doc = ast.get_docstring(node)
    if not doc or name.rsplit(".", 1)[-1].startswith("_"):
        return
    first = " ".join(re.split(r"\n\s*\n", doc)[0].split())
    sentence = re.split(r"(?<=\.)\s", first)[0]
    if 10 < len(sentence) <= _LONGEST_ANSWER and sentence.isascii():
        yield Fact(kind, name, sentence)
