"""One-line docstrings for Python functions; measured by loss."""

from __future__ import annotations

import random
import textwrap

from vortex_tui.nano.tasks import library
from vortex_tui.nano.tasks.code import SNIPPETS
from vortex_tui.nano.tasks.phrasing import Split, Wordings, say
from vortex_tui.nano.tasks.task import Example, Task

WORDINGS = Wordings(
    open=(
        "Write a docstring for this function:\n{f}", "Document this function:\n{f}", "docstring for:\n{f}",
        "What does this function do?\n{f}", "Describe this code:\n{f}", "Explain this function:\n{f}",
        "Summarise this function:\n{f}", "Give me a docstring:\n{f}", "{f}\n\nWrite its docstring.",
        "{f}\n\nDocument it.", "{f}\n\nWhat does it do?", "Say in one line what this does:\n{f}",
        "One-line description of:\n{f}", "Explain the code\n{f}", "The docstring of this function?\n{f}",
        "Add a docstring to:\n{f}", "Describe the function below.\n{f}", "document\n{f}", "Summary of:\n{f}",
        "What is this function for?\n{f}", "Write documentation for:\n{f}", "Comment this function:\n{f}",
        "{f}\n\nExplain it in a line.", "Tell me what this code does:\n{f}", "Purpose of this function:\n{f}",
        "The first line of the docstring, please:\n{f}", "{f}\n\nDocstring?", "explain\n{f}",
        "Put this function into a sentence:\n{f}", "I need documentation:\n{f}",
    ),
    held=(
        "Please document this:\n{f}", "{f}\n\nNow the docstring.", "What would the docs say about this?\n{f}",
        "In one sentence, this code:\n{f}", "{f}\n\nDescribe this.", "Provide a docstring:\n{f}",
        "A short explanation of:\n{f}", "What is going on here?\n{f}",
    ),
    sealed=(
        "How would you describe this in the manual?\n{f}", "This function has no docstring yet:\n{f}",
        "{f}\n\nWhat is it good for?", "Tell a colleague what happens here:\n{f}", "Caption this code:\n{f}",
        "Supply the missing docstring:\n{f}", "{f}\n\nPlease sum it up.", "Make a doc line for this:\n{f}",
        "Which sentence explains this function?\n{f}", "Read this and say what it's for:\n{f}",
        "{f}\n\nHow would help() describe it?", "Annotate with one sentence:\n{f}",
    ),
)  # fmt: skip


def request(head: str, body: str) -> str:
    """Return a function without its docstring."""
    return f"{head}\n{textwrap.indent(body, '    ')}"


def make(rng: random.Random, split: Split) -> Example:
    """Draw a function and the first sentence about it."""
    function = library.draw(rng, split)
    return Example(say(WORDINGS, split, rng, {"f": request(function.head, function.body)}), function.summary)


TASK = Task(
    "docs",
    "Docstrings",
    "Says in one line what a short Python function does, as its docstring would.",
    make,
    tuple(Example(request(head, body), summary) for head, summary, body in SNIPPETS),
)
