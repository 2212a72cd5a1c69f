"""What kind of file a name says it is."""

from __future__ import annotations

from pathlib import PurePath

MARKDOWN = frozenset({".md", ".markdown", ".mdown", ".mkd"})
TEXT = frozenset({".txt", ".text", ".rst", ".adoc"})
HTML = frozenset({".html", ".htm", ".xhtml"})
PAIRS = frozenset({".jsonl", ".ndjson"})
PDF = frozenset({".pdf"})
LANGUAGES = {
    ".bash": "shell",
    ".c": "C",
    ".cc": "C++",
    ".cpp": "C++",
    ".cs": "C#",
    ".css": "CSS",
    ".cu": "CUDA",
    ".dart": "Dart",
    ".ex": "Elixir",
    ".go": "Go",
    ".h": "C",
    ".hpp": "C++",
    ".hs": "Haskell",
    ".java": "Java",
    ".jl": "Julia",
    ".js": "JavaScript",
    ".jsx": "JavaScript",
    ".kt": "Kotlin",
    ".lua": "Lua",
    ".m": "Objective-C",
    ".mjs": "JavaScript",
    ".php": "PHP",
    ".pl": "Perl",
    ".ps1": "PowerShell",
    ".py": "Python",
    ".pyi": "Python",
    ".r": "R",
    ".rb": "Ruby",
    ".rs": "Rust",
    ".scala": "Scala",
    ".sh": "shell",
    ".sql": "SQL",
    ".swift": "Swift",
    ".ts": "TypeScript",
    ".tsx": "TypeScript",
    ".zig": "Zig",
}
_LICENCES = ("license", "licence", "copying", "unlicense")


def is_licence(name: str) -> bool:
    """True for a file that holds the terms of what is beside it."""
    path = PurePath(name.lower())
    stem = path.name.partition(".")[0].partition("-")[0]
    return stem in _LICENCES and path.suffix in ("", ".txt", ".md", ".rst", ".mit", ".apache")


def suffix_of(name: str) -> str:
    """The ending that says the kind; a README without one is text."""
    suffix = PurePath(name).suffix.lower()
    return ".txt" if not suffix and name.lower() == "readme" else suffix


def is_known(name: str) -> bool:
    """True where something can be drawn from a file of this name."""
    suffix = suffix_of(name)
    return suffix in MARKDOWN | TEXT | HTML | PAIRS | PDF or suffix in LANGUAGES
