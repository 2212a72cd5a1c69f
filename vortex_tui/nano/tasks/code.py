"""Python functions completed from their first line and their docstring; measured by loss."""

from __future__ import annotations

import random

from vortex_tui.nano.tasks import library
from vortex_tui.nano.tasks.phrasing import Split, Wordings, say
from vortex_tui.nano.tasks.task import Example, Task

WORDINGS = Wordings(
    open=(
        "Complete this function:\n{f}", "Write the body of this function:\n{f}", "Finish this function:\n{f}",
        "Implement this:\n{f}", "Complete the code:\n{f}", "Fill in the function:\n{f}",
        "Code for this:\n{f}",
        "Write the code:\n{f}", "Implement the function below.\n{f}", "Give me the body:\n{f}",
        "Python, please complete:\n{f}", "complete\n{f}", "What is the body of this function?\n{f}",
        "{f}\n\nComplete it.", "{f}\n\nWrite the rest.", "{f}\n\nImplement this function.", "body for:\n{f}",
        "Continue this Python function:\n{f}", "Write what is missing:\n{f}", "Make this function work:\n{f}",
        "Program this:\n{f}", "implement in Python:\n{f}", "The function's body, please:\n{f}",
        "Here is a signature with its docstring; write the code.\n{f}", "{f}\n\nThe code for it?",
        "Turn this docstring into code:\n{f}", "I need the implementation of:\n{f}", "Finish the code\n{f}",
        "Show the implementation:\n{f}", "{f}\n\nBody?",
    ),
    held=(
        "Please code this function:\n{f}", "{f}\n\nNow the implementation.", "Write this one in Python:\n{f}",
        "Complete the definition:\n{f}", "Add the statements:\n{f}", "{f}\n\nFinish this.",
        "The rest of this function:\n{f}", "Provide the body:\n{f}",
    ),
    sealed=(
        "How would you implement this?\n{f}", "Supply the code that belongs here:\n{f}",
        "{f}\n\nGo on coding.",
        "Only the signature exists so far, write the rest:\n{f}", "Develop this function:\n{f}",
        "Can you program what this docstring promises?\n{f}", "{f}\n\nHow does the body look?",
        "Make the code for this definition:\n{f}", "Someone left this function empty:\n{f}",
        "Realise this in Python:\n{f}", "{f}\n\nPlease provide the statements.",
        "What code goes in here?\n{f}",
    ),
)  # fmt: skip

# (signature, docstring, body); the signature alone, or with the docstring, is the request.
SNIPPETS = (
    ("def double(x):", "Return twice x.", "return 2 * x"),
    ("def is_even(n):", "Return True if n is even.", "return n % 2 == 0"),
    ("def last(items):", "Return the last item.", "return items[-1]"),
    ("def swap(pair):", "Return the pair in reverse order.", "a, b = pair\nreturn b, a"),
    ("def clamp(x, low, high):", "Return x, but not below low nor above high.",
    "return max(low, min(x, high))"),
    ("def greet(name):", "Return a greeting.", "return f'Hello, {name}'"),
    ("def read(path):", "Return the text of a file.", "with open(path) as f:\n    return f.read()"),
    ("def close(self):", "Close the file.", "self.file.close()"),
    ("def is_empty(self):", "Return True if the queue is empty.", "return not self.items"),
    ("def push(self, item):", "Add an item to the stack.", "self.items.append(item)"),
    ("def __len__(self):", "Return the number of entries.", "return len(self.entries)"),
    ("def __repr__(self):", "Return repr(self).", "return f'{type(self).__name__}({self.name!r})'"),
    ("def get(self, key, default=None):", "Return the value of key, or default.",
     "return self.data.get(key, default)"),
    ("def reset(self):", "Forget all results.", "self.results.clear()"),
    ("def area(width, height):", "Return the area of a rectangle.", "return width * height"),
    ("def first_line(text):", "Return the first line of text.", "return text.splitlines()[0]"),
    ("def unique(items):", "Return the items without repeats.", "return list(dict.fromkeys(items))"),
    ("def exists(path):", "Return True if path exists.",
     "try:\n    os.stat(path)\nexcept OSError:\n    return False\nreturn True"),
    ("def mean(values):", "Return the mean of values.", "return sum(values) / len(values)"),
    ("def stop(self):", "Stop the timer.", "self.running = False"),
    ("def merge(a, b):", "Return the entries of both dicts.", "return {**a, **b}"),
    ("def lower(self):", "Return the name in lower case.", "return self.name.lower()"),
    ("def count(self, value):", "Return how often value occurs.", "return self.values.count(value)"),
    ("def copy(self):", "Return a shallow copy.", "return self.__class__(self)"),
)  # fmt: skip


def request(head: str, summary: str) -> str:
    """Return a signature with its docstring."""
    return f'{head}\n    """{summary}"""'


def make(rng: random.Random, split: Split) -> Example:
    """Draw a function to complete and its body."""
    function = library.draw(rng, split)
    fields = {"f": request(function.head, function.summary)}
    return Example(say(WORDINGS, split, rng, fields), function.body)


TASK = Task(
    "code",
    "Python code",
    "Completes a short Python function from its first line and its docstring.",
    make,
    tuple(Example(request(head, summary), body) for head, summary, body in SNIPPETS),
)
