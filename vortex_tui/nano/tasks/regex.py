"""Descriptions of a piece of text, answered by one regular expression."""

from __future__ import annotations

import random

from vortex_tui.nano.tasks.phrasing import Split, Wordings, choose, say
from vortex_tui.nano.tasks.task import Example, Task

WORDS = (
    "apple", "river", "stone", "house", "room", "sun", "moon", "bird", "dog", "cat", "winter", "summer",
    "light", "music", "step", "tea", "coffee", "bread", "water", "fire", "earth", "wind", "tree", "leaf",
    "flower", "garden", "road", "bridge", "city", "town", "table", "chair", "door", "window", "wall",
    "paper", "pen", "book", "page", "letter", "story", "song", "dance", "game", "ball", "king", "queen",
    "knight", "sword", "ship", "boat", "train", "car", "bike", "plane", "north", "south", "east", "west",
    "morning", "evening", "night", "day", "week", "month", "year", "error", "warning", "user", "item",
    "order", "price", "total", "start", "stop", "hello", "maybe", "yes", "red", "green", "blue", "gold",
)  # fmt: skip
DOMAINS = (
    "com", "org", "net", "edu", "io", "de", "fr", "uk", "info", "gov", "eu", "it", "es", "nl", "se", "ch",
)  # fmt: skip

# slot: words that mean the same
SYNONYMS: dict[str, tuple[str, ...]] = {
    "d": ("digits", "numerals"),
    "l": ("lowercase letters", "lower case letters", "small letters"),
    "u": ("uppercase letters", "upper case letters", "capital letters", "capitals"),
    "a": ("at least", "a minimum of", "no fewer than"),
    "s": ("starting with", "beginning with", "that start with", "that begin with"),
    "f": ("ending with", "ending in", "that end with", "that end in"),
    "c": ("followed by", "directly followed by", "immediately followed by", "and right after it"),
    "t": ("later", "further on", "somewhere after it"),
    "o": ("only", "nothing but", "just"),
    "p": ("emails", "e-mail addresses", "email addresses", "mail addresses"),
}

# expression, braces doubled: its descriptions
WORDINGS: dict[str, Wordings] = {
    r"\d{{{n}}}": Wordings(
        open=(
            "Match exactly {n} {d}", "exactly {n} {d}", "Regex for exactly {n} {d}", "A number with {n} {d}",
            "{n} {d} in a row", "Regex: {n} {d}", "Find {n} {d} in a row", "A pattern of {n} {d}",
            "Write a regex for {n} {d}", "How do I match {n} {d}?", "a code made of {n} {d}",
            "For the report I need a pattern of exactly {n} {d}, thanks a lot",
            "I would like {n} {d} in a row", "We need {n} {d}, no more, no less", "In a row, {n} {d}",
            "Search for {n} {d}", "{n} {d}, as a regex", "What matches {n} {d}?",
            "Return a regex for {n} {d}", "Text with {n} {d} in a row", "A string of {n} {d}",
            "Pattern: exactly {n} {d}", "{d}, {n} of them",
        ),
        held=("Match a number of {n} {d}", "Give me a regex of {n} {d}"),
        sealed=(
            "Can you match {n} {d} in a row?", "I want to find exactly {n} {d}",
            "Which expression finds a code of {n} {d}?",
        ),
    ),
    r"\d{{{n},{m}}}": Wordings(
        open=(
            "Match {n} to {m} {d}", "Between {n} and {m} {d}", "Regex for {n} to {m} {d}",
            "from {n} to {m} {d}", "A number with {n} to {m} {d}", "Regex: between {n} and {m} {d}",
            "Match between {n} and {m} {d}", "A pattern of {n} to {m} {d}", "{n} or more {d}, up to {m}",
            "How do I match from {n} to {m} {d}?", "{n}-{m} {d}",
            "My boss wants a pattern for {n} to {m} {d} again",
            "I would like {n} to {m} {d}", "We need from {n} to {m} {d}", "In a row, {n} to {m} {d}",
            "Search for {n} to {m} {d}", "{n} to {m} {d}, as a regex",
            "What matches between {n} and {m} {d}?", "Return a regex for {n} to {m} {d}",
            "A string of {n} to {m} {d}", "Pattern: {n} up to {m} {d}",
            "No fewer than {n} and no more than {m} {d}", "{d}, from {n} to {m} of them",
        ),
        held=("Match a code with {n} to {m} {d}", "Find from {n} up to {m} {d}"),
        sealed=(
            "Is there a way to match between {n} and {m} {d}?", "I'm looking for {n} to {m} {d}",
            "What would find from {n} to {m} {d}?",
        ),
    ),
    r"\d{{{n},}}": Wordings(
        open=(
            "Match {a} {n} {d}", "{a} {n} {d}", "Regex for {a} {n} {d}", "A number with {a} {n} {d}",
            "{n} or more {d}", "Regex: {a} {n} {d}", "Find {a} {n} {d}", "A pattern with {a} {n} {d}",
            "Match {n} or more {d}", "How do I match {a} {n} {d}?", "{n} {d} or more",
            "It's late, but I still need a regex for {a} {n} {d}",
            "I would like {a} {n} {d}", "We need {n} {d} or more", "In a row, {a} {n} {d}",
            "Search for {n} or more {d}", "{a} {n} {d}, as a regex", "What matches {a} {n} {d}?",
            "Return a regex for {a} {n} {d}", "A string of {a} {n} {d}", "Pattern: {n} {d} or more",
            "{d}, {a} {n} of them",
        ),
        held=("Match a code with {a} {n} {d}", "Give me a regex of {n} {d} or more"),
        sealed=(
            "I'd love to match {n} or more {d} in a row", "Help me search for {a} {n} {d}",
            "What do I type to find {a} {n} {d}?",
        ),
    ),
    r"[a-z]{{{n}}}": Wordings(
        open=(
            "Match exactly {n} {l}", "exactly {n} {l}", "Regex for exactly {n} {l}", "A word of {n} {l}",
            "{n} {l} in a row", "Regex: {n} {l}", "Find {n} {l} in a row", "A pattern of {n} {l}",
            "Write a regex for {n} {l}", "How do I match {n} {l}?", "a code made of {n} {l}",
            "Hi all, we were looking for exactly {n} {l} here",
            "I would like {n} {l} in a row", "We need {n} {l}, no more, no less", "In a row, {n} {l}",
            "Search for {n} {l}", "{n} {l}, as a regex", "What matches {n} {l}?",
            "Return a regex for {n} {l}", "Text with {n} {l} in a row", "A string of {n} {l}",
            "Pattern: exactly {n} {l}", "{l}, {n} of them",
        ),
        held=("Match a name of {n} {l}", "Give me a regex of {n} {l}"),
        sealed=(
            "Can you match {n} {l} in a row?", "I want to find exactly {n} {l}",
            "Tell me what finds a code of {n} {l}",
        ),
    ),
    r"[A-Z]{{{n}}}": Wordings(
        open=(
            "Match exactly {n} {u}", "exactly {n} {u}", "Regex for exactly {n} {u}", "A word of {n} {u}",
            "{n} {u} in a row", "Regex: {n} {u}", "Find {n} {u} in a row", "A pattern of {n} {u}",
            "Write a regex for {n} {u}", "How do I match {n} {u}?", "a code made of {n} {u}",
            "The form asks for {n} {u}, so what regex do I put",
            "I would like {n} {u} in a row", "We need {n} {u}, no more, no less", "In a row, {n} {u}",
            "Search for {n} {u}", "{n} {u}, as a regex", "What matches {n} {u}?",
            "Return a regex for {n} {u}", "Text with {n} {u} in a row", "A string of {n} {u}",
            "Pattern: exactly {n} {u}", "{u}, {n} of them",
        ),
        held=("Match a name of {n} {u}", "Give me a regex of {n} {u}"),
        sealed=(
            "Is there a way to match {n} {u} in a row?", "I'm looking for exactly {n} {u}",
            "Which expression finds a code of {n} {u}?",
        ),
    ),
    "^{w}": Wordings(
        open=(
            "Match lines {s} {w}", "Lines {s} {w}", "Regex for lines {s} {w}", "Find lines {s} {w}",
            "Starts with {w}", "A line that starts with {w}", "{w} at the start of a line",
            "Regex: starts with {w}", "Match {w} at the beginning of a line", "begins with {w}",
            "How do I match lines {s} {w}?", "In my log, the lines {s} {w} matter, so match those",
            "I would like lines {s} {w}", "We need every line that starts with {w}",
            "At the start of a line, {w}", "Search for lines {s} {w}", "{w}, if the line starts with it",
            "What matches a line {s} {w}?", "Return a regex for lines {s} {w}", "The line starts with {w}",
            "Pattern: lines {s} {w}", "Any line {s} {w}", "lines that have {w} at the start",
        ),
        held=("Match all lines {s} {w}", "{w} at the line's beginning"),
        sealed=(
            "I'd love to match the lines {s} {w}", "Help me search for {w} at the start of the line",
            "What would find lines {s} {w}?",
        ),
    ),
    "{w}$": Wordings(
        open=(
            "Match lines {f} {w}", "Lines {f} {w}", "Regex for lines {f} {w}", "Find lines {f} {w}",
            "Ends with {w}", "A line that ends with {w}", "{w} at the end of a line", "Regex: ends with {w}",
            "Match {w} at the end of a line", "ends in {w}", "How do I match lines {f} {w}?",
            "Not sure it is possible, but match the lines {f} {w}, please",
            "I would like lines {f} {w}", "We need every line that ends with {w}",
            "At the end of a line, {w}", "Search for lines {f} {w}", "{w}, if the line ends with it",
            "What matches a line {f} {w}?", "Return a regex for lines {f} {w}", "The line ends with {w}",
            "Pattern: lines {f} {w}", "Any line {f} {w}", "lines that have {w} at the end",
        ),
        held=("Match all lines {f} {w}", "{w} at the line's end"),
        sealed=(
            "Can you match the lines {f} {w}?", "I want to find {w} at the end of the line",
            "What do I type to find lines {f} {w}?",
        ),
    ),
    "^{w}$": Wordings(
        open=(
            "Match lines that contain {o} {w}", "Lines with {o} {w}", "Regex for a line with {o} {w}",
            "{w} alone on a line", "A line that is {o} {w}", "{w} and nothing else on the line",
            "Match a line that is exactly {w}", "Regex: {o} {w} on the line", "Match {w} alone on its line",
            "The whole line is {w}", "How do I match lines with {o} {w}?", "the entire line must be {w}",
            "Today I need the lines that are {o} {w}, my friend",
            "I would like lines with {o} {w}", "We need a line that is {w} and nothing else",
            "On a line, {o} {w}", "Search for lines with {o} {w}", "{w}, if it is the entire line",
            "What matches {w} alone on a line?", "Return a regex for {o} {w} on a line",
            "The line has {o} {w}", "Pattern: {w} alone on its line", "Any line that is {o} {w}",
            "lines that are {w} and nothing more",
        ),
        held=("Match any line that has {o} {w}", "The entire line is {w}"),
        sealed=(
            "Is there a way to match the lines with {o} {w} on them?",
            "I'm looking for {w} alone on the line", "Tell me what finds lines that are {o} {w}",
        ),
    ),
    "{v}|{w}": Wordings(
        open=(
            "Match {v} or {w}", "{v} or {w}", "Regex for {v} or {w}", "Either {v} or {w}",
            "Match either {v} or {w}", "Regex: either {v} or {w}", "Find {v} or {w}", "the word {v} or {w}",
            "How do I match {v} or {w}?", "A pattern for {v} or {w}", "one of the two: {v}, {w}",
            "Both are fine with us, so match {v} or {w} there",
            "I would like {v} or {w}", "We need either {v} or {w}", "Search for {v} or {w}",
            "{v} or {w}, as a regex", "What matches {v} or {w}?", "Return a regex for {v} or {w}",
            "Pattern: {v} or {w}", "It can be {v} or {w}", "Any of {v}, {w}", "Text with {v} or with {w}",
            "If not {v}, then {w}",
        ),
        held=("Match one of {v} and {w}", "Find either one, {v} or {w}"),
        sealed=(
            "I'd love to match {v} or else {w}", "Help me search for either {v} or {w}",
            "Which expression finds {v} or {w}?",
        ),
    ),
    r"\b{w}\b": Wordings(
        open=(
            "Match the whole word {w}", "The whole word {w}", "Regex for the whole word {w}",
            "{w} as a whole word", "Match {w} as a whole word", "Regex: whole word {w}",
            "Find {w} as a word of its own", "{w}, but not inside longer words", "the complete word {w}",
            "Match {w} but not as part of a longer word", "How do I match the whole word {w}?",
            "As I told you, it has to be {w} as a whole word",
            "I would like {w} as a whole word", "We need the whole word {w}",
            "Search for the whole word {w}", "{w}, as a complete word", "What matches the whole word {w}?",
            "Return a regex for the complete word {w}", "Pattern: the whole word {w}",
            "only the word {w} itself, not inside others", "{w} as a separate word",
            "the word {w}, not part of a longer one", "A word that is {w}, whole",
        ),
        held=("Match the complete word {w}", "Find {w} but not inside a longer word"),
        sealed=(
            "Can you match {w} as a complete word?", "I want to find the whole word {w}",
            "What would find {w} as a word of its own?",
        ),
    ),
    "{v}.*{w}": Wordings(
        open=(
            "Match {v} and {t} {w}", "{v} and {t} {w}", "Regex for {v} and {t} {w}",
            "{v}, then anything, then {w}", "Match {v}, anything, {w}", "Regex: {v} with {w} {t}",
            "Find {v} with {w} {t}", "{v} and then {w} with anything between", "first {v} and {t} {w}",
            "Match lines where {v} comes first and {t} {w}", "How do I match {v} and {t} {w}?",
            "Well, it says {v} first and {t} {w}, so match that",
            "I would like {v} and {t} {w}", "We need {v} with {w} {t}", "Search for {v} and {t} {w}",
            "{v}, anything, {w}", "What matches {v} and {t} {w}?",
            "Return a regex for {v}, then anything, then {w}", "Pattern: {v} and {t} {w}",
            "after {v}, {t} {w}", "Text with {v} and {t} {w}", "{v} before {w}, anything between",
        ),
        held=("Match {v} with anything between it and {w}", "Find first {v} and {t} {w}"),
        sealed=(
            "Is there a way to match {v}, then anything, then {w}?", "I'm looking for {v} and {t} {w}",
            "What do I type to find {v} with {w} {t}?",
        ),
    ),
    r"{w}\d+": Wordings(
        open=(
            "Match {w} {c} a number", "{w} {c} a number", "Regex for {w} {c} {d}", "Match {w} {c} {d}",
            "Regex: {w} {c} a number", "Find {w} {c} one or more {d}", "A pattern of {w} {c} {d}",
            "How do I match {w} {c} a number?", "{w} {c} one or more {d}", "the word {w} {c} any number",
            "{w} with a number right behind it", "Our names are like that: {w} {c} a number, always",
            "I would like {w} {c} {d}", "We need {w} {c} a number", "Search for {w} {c} a number",
            "{w}, {c} {d}", "What matches {w} {c} {d}?", "Return a regex for {w} {c} one or more {d}",
            "Pattern: {w} {c} a number", "after {w}, one or more {d}", "Text with {w} {c} some number",
            "{w} and then {d}, one or more",
        ),
        held=("Match the word {w} {c} some {d}", "Find {w} with {d} right behind it"),
        sealed=(
            "I'd love to match {w} {c} any number", "Help me search for {w} {c} {d}",
            "Tell me what finds {w} with a number right behind it",
        ),
    ),
    r"\w+@\w+\.{e}": Wordings(
        open=(
            "Match {p} {f} .{e}", "{p} {f} .{e}", "Regex for {p} {f} .{e}", "Find {p} {f} .{e}",
            "Regex: .{e} {p}", ".{e} {p}", "Match {p} at a .{e} domain", "{p} with the domain .{e}",
            "How do I match {p} {f} .{e}?", "A pattern for {p} at a .{e} domain", "all .{e} {p}",
            "I am writing to everybody: match the {p} {f} .{e}",
            "I would like {p} {f} .{e}", "We need all {p} with .{e}", "Search for {p} {f} .{e}",
            "What matches {p} {f} .{e}?", "Return a regex for .{e} {p}", "Pattern: {p} at .{e}",
            "In .{e}, all {p}", "Any {p} that have .{e} at the end", "Text with {p} {f} .{e}",
            "{p}, domain .{e}",
        ),
        held=("Match {p} with a .{e} domain", "Give me a regex of .{e} {p}"),
        sealed=(
            "Can you match all {p} {f} .{e}?", "I want to find {p} at a .{e} domain",
            "Which expression finds {p} {f} .{e}?",
        ),
    ),
    "^.{{{n}}}$": Wordings(
        open=(
            "Match lines of exactly {n} characters", "Lines of {n} characters", "A line of {n} characters",
            "Regex for lines of {n} characters", "Lines that are {n} characters long",
            "Find lines with exactly {n} characters", "Regex: a line of exactly {n} characters",
            "Match a line that is {n} characters long", "lines with a length of {n} characters",
            "How do I match lines of {n} characters?", "The whole line has {n} characters",
            "The printer is odd, so match the lines of {n} characters",
            "I would like lines of {n} characters", "We need every line with {n} characters",
            "Search for lines of {n} characters", "What matches a line of {n} characters?",
            "Return a regex for lines with {n} characters", "Pattern: lines {n} characters long",
            "Any line of exactly {n} characters", "The line is {n} characters long",
            "lines as long as {n} characters", "{n} characters, the entire line",
            "exactly {n} characters on a line",
        ),
        held=("Match any line with {n} characters", "Lines exactly {n} characters in length"),
        sealed=(
            "Is there a way to match the lines that have {n} characters?",
            "I'm looking for lines {n} characters long", "What would find lines of exactly {n} characters?",
        ),
    ),
}  # fmt: skip

PLAIN = (
    ("the 4 digits of a PIN", r"\d{4}"),
    ("What do I search for to get 16 digits, as on a bank card?", r"\d{16}"),
    ("a phone number has 7 digits, sometimes more, 11 at the very most", r"\d{7,11}"),
    ("It could be 2, 3 or 4 digits", r"\d{2,4}"),
    ("6 digits won't always do, it may be longer but never shorter", r"\d{6,}"),
    ("a nickname: 8 letters from a to z, none of them big", r"[a-z]{8}"),
    ("abc and the like, always 3 small letters side by side", r"[a-z]{3}"),
    ("shouted letters, A to Z, 10 of them", r"[A-Z]{10}"),
    ("an airport's short name is 3 big letters, as in JFK", r"[A-Z]{3}"),
    ("the line opens with apple", r"^apple"),
    ("light comes before everything else on its line", r"^light"),
    ("the last thing on the line is music", r"music$"),
    ("the line closes on river", r"river$"),
    ("stone has the line all to itself", r"^stone$"),
    ("tea will do, and so will coffee", r"tea|coffee"),
    ("I don't mind whether it's dog or whether it's cat", r"dog|cat"),
    ("house, though neither houses nor lighthouse", r"\bhouse\b"),
    ("bird on its own, never inside blackbird", r"\bbird\b"),
    ("sun, whatever you like, moon", r"sun.*moon"),
    ("summer, provided that winter was said at some point before it", r"winter.*summer"),
    ("room12, room7 and so on: room and its number", r"room\d+"),
    ("step glued to some digits", r"step\d+"),
    ("people I can write to at some place in .org, as in joe@club.org", r"\w+@\w+\.org"),
    ("each line is 12 characters from end to end", r"^.{12}$"),
)  # fmt: skip


def make(rng: random.Random, split: Split) -> Example:
    """Draw a description and its expression."""
    expression = choose(tuple(WORDINGS), rng)
    first, second = rng.sample(WORDS, 2)
    low, high = sorted(rng.sample(range(2, 20), 2))
    if "{m}" not in expression:
        low = rng.randrange(2, 20)
    fields = {slot: choose(words, rng) for slot, words in SYNONYMS.items()} | {
        "v": first,
        "w": second,
        "n": str(low),
        "m": str(high),
        "e": choose(DOMAINS, rng),
    }
    return Example(say(WORDINGS[expression], split, rng, fields), expression.format(**fields))


TASK = Task(
    "regex",
    "Regex",
    "Writes a regular expression for a description of digits, letters, words, lines or e-mail addresses.",
    make,
    tuple(Example(*pair) for pair in PLAIN),
)
