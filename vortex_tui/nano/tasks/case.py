"""Phrases of two to four words as identifiers in a named style; the answer is the identifier alone."""

from __future__ import annotations

import random

from vortex_tui.nano.tasks.phrasing import Split, Wordings, choose, say
from vortex_tui.nano.tasks.task import Example, Task

WORDINGS = Wordings(
    open=(
        'Write "{p}" in {s}', "Write '{p}' using {s}", 'Convert "{p}" to {s}', "Convert to {s}: {p}",
        'Turn "{p}" into {s}', "Turn into {s}: {p}", "{s}: {p}", "in {s}: {p}", '"{p}" to {s}',
        "'{p}' as {s}", '"{p}" with {s}', 'What is "{p}" in {s}?', "What's '{p}' in {s}?",
        'How do you write "{p}" in {s}?', 'Give me "{p}" in {s}', 'Put "{p}" in {s}', "Change to {s}: {p}",
        'Change "{p}" to {s}.', 'Make an identifier from "{p}" using {s}', 'Express "{p}" with {s}',
        "Identifier for '{p}', in {s}", 'A variable called "{p}", in {s}', 'Use {s} for "{p}"',
        'Use {s} to write "{p}"', 'With {s}, write "{p}"', 'In {s}, what is "{p}"?', '{s} for "{p}"',
        "{s} version of '{p}'", 'The {s} version of "{p}" is', 'Show "{p}" in {s}', 'Translate "{p}" to {s}',
        'We use {s} here. Write "{p}"', 'Our code uses {s}; how is "{p}" written?', '"{p}" in {s}',
        'Join the words "{p}" with {s}', 'Format "{p}" with {s}', "variable in {s}: {p}",
    ),
    held=(
        'Get "{p}" in {s}', 'How is "{p}" written with {s}?', "Rewrite in {s}: {p}", 'Tell me "{p}" in {s}.',
        'Return the {s} form of "{p}"', 'Spell "{p}" using {s}', 'I prefer {s}: "{p}"', "'{p}' but {s}",
        "Make this {s}: {p}", '{s}, applied to "{p}"',
    ),
    sealed=(
        'Could you rename "{p}" so that it follows {s}?', 'What would "{p}" look like in {s}?',
        'I need "{p}" in {s}', '"{p}" -> {s}', 'Which identifier does "{p}" give in {s}?',
        'How should I write the variable "{p}" if the convention is {s}?', "Transform to {s}: {p}",
        'My linter insists on {s}, and I typed "{p}"', "Apply {s} to '{p}'",
        'Replace the spaces in "{p}": {s}',
        'Going for {s} here, "{p}" becomes', 'Generate an identifier, {s}, from "{p}"',
        'Take the phrase "{p}" and render it in {s}', "{s} please: {p}",
    ),
)  # fmt: skip

PLAIN = (
    ('Underscores should hold "user first name" together', "user_first_name"),
    ('Where "max retry count" has spaces I want dashes', "max-retry-count"),
    ('dots between the words of "server host port"', "server.host.port"),
    ('A folder for each word of "image cache", so slashes', "image/cache"),
    ('Squeeze "login button color" together, camel', "loginButtonColor"),
    ('How would Python programmers, who like underscores, call "page size"?', "page_size"),
    ('The CSS class of "main menu icon" needs hyphens', "main-menu-icon"),
    ("No spaces, dots instead: error log level", "error.log.level"),
    ('"api client" goes into a URL with slashes', "api/client"),
    ("No gaps and a camel's humps: total price", "totalPrice"),
    ('Underscores! "last backup time"', "last_backup_time"),
    ("My keyboard has no space bar, only dashes: file path", "file-path"),
    ('A settings key, "video frame rate", built with dots', "video.frame.rate"),
    ('slashes as glue for "team member email city"', "team/member/email/city"),
    ('I am writing Java, so camel, and the words are "session token"', "sessionToken"),
    ('If underscores replace blanks, "graph node weight" becomes?', "graph_node_weight"),
    ('Hyphens, no blanks, in "window title font size"', "window-title-font-size"),
    ('Take "email address" and place dots in the holes', "email.address"),
    ("Route in the web app, slashes only: account order item", "account/order/item"),
    ("Camel for a field called 'parent row index'", "parentRowIndex"),
    ('The words are "random seed"; the glue is underscores', "random_seed"),
    ('"shipping street" as a slug, i.e. dashes', "shipping-street"),
    ('Call it "max input length" but in the camel manner', "maxInputLength"),
    ('database table "test batch score step", all lower, underscores', "test_batch_score_step"),
)  # fmt: skip

STYLES = {
    "_": ("snake case", "snake_case", "underscores"),
    "-": ("kebab case", "kebab-case", "dashes", "hyphens"),
    ".": ("dot case", "dots"),
    "/": ("slash case", "slashes"),
    "": ("camel case", "camelCase", "camel"),
}
WORDS = (
    "user", "name", "file", "path", "max", "min", "count", "index", "token", "page", "size", "total", "price",
    "order", "item", "email", "phone", "city", "street", "first", "last", "full", "start", "end", "time",
    "day", "week", "year", "hour", "color", "width", "height", "length", "depth", "level", "score", "rank",
    "group", "team", "role", "client", "server", "host", "port", "query", "table", "column", "row", "field",
    "record", "event", "log", "error", "state", "status", "mode", "flag", "option", "config", "cache",
    "queue", "buffer", "batch", "node", "edge", "graph", "tree", "root", "leaf", "parent", "child", "image",
    "video", "audio", "frame", "pixel", "font", "theme", "menu", "button", "window", "panel", "icon", "link",
    "header", "footer", "title", "label", "block", "input", "output", "source", "target", "model", "layer",
    "weight", "rate", "step", "loss", "seed", "random", "test", "debug", "retry", "limit", "offset",
    "active", "hidden", "default", "backup", "session", "login", "password", "account", "balance", "address",
    "member", "main", "shipping", "api",
)  # fmt: skip


def join_words(words: list[str], separator: str) -> str:
    """Return `words` as one identifier; no separator means camelCase."""
    if separator:
        return separator.join(words)
    return words[0] + "".join(word.capitalize() for word in words[1:])


def make(rng: random.Random, split: Split) -> Example:
    """Draw a phrase, a style and the identifier."""
    words = rng.sample(WORDS, rng.randrange(2, 5))
    separator = choose(tuple(STYLES), rng)
    fields = {"p": " ".join(words), "s": choose(STYLES[separator], rng)}
    return Example(say(WORDINGS, split, rng, fields, loose=True), join_words(words, separator))


TASK = Task(
    "case",
    "Identifier styles",
    "Joins two to four lower-case words in snake_case, kebab-case, dot.case, path/case or camelCase.",
    make,
    tuple(Example(*pair) for pair in PLAIN),
)
