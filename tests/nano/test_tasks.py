"""The experts' exercises: every answer is worked out again from its prompt, in another way."""

from __future__ import annotations

import json
import random
import re
import shlex
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import date
from fractions import Fraction
from itertools import combinations
from typing import get_args

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vortex_tui.nano.native import Natives, held_out
from vortex_tui.nano.stdlib import Fact
from vortex_tui.nano.tasks import TASKS, Example, Split, code, docs, library, normal, records, sample, sql

SPLITS: tuple[Split, ...] = get_args(Split)
seeds = st.integers(0, 2**32 - 1)
Check = Callable[[Example], None]


def every(domain: str) -> Callable[[Check], Check]:
    """Have a test look at draws of every split, and at every example that was written by hand."""

    def decorate(test: Check) -> Check:
        def draw(seed: int, split: Split) -> Example:
            return sample(domain, random.Random(seed), split)

        for written in TASKS[domain].plain:
            test = hypothesis.example(written)(test)
        return given(st.builds(draw, seeds, st.sampled_from(SPLITS)))(test)

    return decorate


def stands(word: str, text: str) -> bool:
    """Whether `word` occurs in `text`, and not as a part of a longer one."""
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None


def numbers(text: str) -> list[int]:
    return [int(digits) for digits in re.findall(r"\d+", text)]


@every("arithmetic")
def test_a_sum_is_the_sum_of_the_two_numbers_in_its_prompt(task: Example) -> None:
    a, b = numbers(task.prompt)
    assert task.answer == str(a + b)


@every("hours")
def test_a_total_is_that_of_the_two_times_in_its_prompt(task: Example) -> None:
    times = re.findall(r"\b(\d+):(\d\d)\b", task.prompt)
    assert len(times) == 2
    hours, minutes = divmod(sum(60 * int(h) + int(m) for h, m in times), 60)
    assert task.answer == f"{hours}:{minutes:02}"


# short name: what is measured, how much of its smallest unit, the other names
UNITS = {
    "mm": ("length", Fraction(1), "millimeter millimetre"),
    "cm": ("length", Fraction(10), "centimeter centimetre"),
    "m": ("length", Fraction(1000), "meter metre"),
    "km": ("length", Fraction(1000000), "kilometer kilometre"),
    "in": ("length", Fraction(254, 10), "inch inches"),
    "ft": ("length", Fraction(3048, 10), "foot feet"),
    "yd": ("length", Fraction(9144, 10), "yard"),
    "mg": ("mass", Fraction(1), "milligram"),
    "g": ("mass", Fraction(10**3), "gram"),
    "kg": ("mass", Fraction(10**6), "kilogram kilo"),
    "t": ("mass", Fraction(10**9), "tonne"),
    "ml": ("volume", Fraction(1), "milliliter millilitre"),
    "l": ("volume", Fraction(1000), "liter litre"),
    "s": ("time", Fraction(1), "second"),
    "min": ("time", Fraction(60), "minute"),
    "h": ("time", Fraction(3600), "hour"),
    "days": ("time", Fraction(86400), "day"),
    "weeks": ("time", Fraction(604800), "week"),
    "months": ("calendar", Fraction(1), "month"),
    "years": ("calendar", Fraction(12), "year"),
    "bits": ("data", Fraction(1), "bit"),
    "bytes": ("data", Fraction(8), "byte"),
}
SHORT = {
    name: short for short, (_, _, more) in UNITS.items()
    for one in (short, *more.split()) for name in (one, one + "s")
}  # fmt: skip


def quantity(number: str, unit: str) -> tuple[str, Fraction]:
    """Return what a quantity measures, and how much of it in the smallest unit."""
    measures, factor, _ = UNITS[SHORT[unit]]
    return measures, int(number) * factor


@every("units")
def test_a_converted_quantity_is_as_much_as_the_given_one(task: Example) -> None:
    given_one = re.search(r"(\d+) ?([A-Za-z]+)", task.prompt)
    answer = re.fullmatch(r"(\d+) ([a-z]+)", task.answer)
    assert given_one
    assert answer
    assert quantity(*answer.groups()) == quantity(*given_one.groups())
    asked = SHORT[answer[2]]
    assert asked != SHORT[given_one[2]]
    assert any(short == asked and stands(name, task.prompt) for name, short in SHORT.items())
    assert answer[2] == (asked.removesuffix("s") if answer[1] == "1" and len(asked) > 3 else asked)


@every("roman")
def test_roman_numerals_are_read_back(task: Example) -> None:
    values = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
    digits = [values[letter] for letter in task.answer]
    signed = [-d if d < after else d for d, after in zip(digits, [*digits[1:], 0], strict=True)]
    assert numbers(task.prompt) == [sum(signed)]
    assert re.fullmatch("C{0,3}(XC|XL|L?X{0,3})(IX|IV|V?I{0,3})", task.answer)


SMALL = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
sixteen seventeen eighteen nineteen"""
LARGE = "twenty thirty forty fifty sixty seventy eighty ninety"
ONES = {word: n for n, word in enumerate(SMALL.split())}
TENS = {word: 10 * n for n, word in enumerate(LARGE.split(), 2)}


def below_hundred(words: str) -> int:
    if words in ONES:
        return ONES[words]
    tens, *ones = words.split("-")
    assert not ones or 0 < ONES[ones[0]] < 10
    return TENS[tens] + (ONES[ones[0]] if ones else 0)


@every("words")
def test_number_words_are_read_back(task: Example) -> None:
    head, hundred, rest = task.answer.rpartition(" hundred")
    if hundred:
        assert 0 < ONES[head] < 10
        value = 100 * ONES[head] + (below_hundred(rest.removeprefix(" ")) if rest else 0)
    else:
        value = below_hundred(task.answer)
    assert numbers(task.prompt) == [value]


def named_date(text: str) -> date:
    """Read the one date in `text` that names its month."""
    plain = re.sub(r"(?<=\d)(st|nd|rd|th)\b|,| of(?= [A-Z])", "", text)
    found = re.findall(r"\b\d\d? [A-Z][a-z]+ \d{4}\b|\b[A-Z][a-z]+ \d\d? \d{4}\b", plain)
    assert len(found) == 1
    for form in ("%d %B %Y", "%d %b %Y", "%B %d %Y", "%b %d %Y"):
        try:
            return date(*time.strptime(found[0], form)[:3])
        except ValueError:
            continue
    raise AssertionError(f"no date: {found[0]}")


@every("iso")
def test_an_iso_date_is_the_day_that_the_prompt_names(task: Example) -> None:
    assert date.fromisoformat(task.answer) == named_date(task.prompt)


@every("dates")
def test_a_date_in_words_is_the_day_that_the_prompt_writes_in_digits(task: Example) -> None:
    (written,) = re.findall(r"\d{4}-\d\d-\d\d", task.prompt)
    assert named_date(task.answer) == date.fromisoformat(written)
    assert re.fullmatch(r"[1-9]\d? [A-Z][a-z]+ \d{4}", task.answer)


@every("json")
def test_json_holds_what_stands_in_the_prompt_and_no_more(task: Example) -> None:
    value, words = json.loads(task.answer), re.findall(r"[A-Za-z]+", task.prompt)
    assert task.answer == json.dumps(value)
    if isinstance(value, list):
        assert value == [word for word in words if word in records.NOUNS]
        return
    assert list(value) == ["name", "age", "city"]
    assert [value["age"]] == numbers(task.prompt)
    assert {value["name"]} == {word for word in words if word in records.NAMES}
    assert {value["city"]} == {word for word in words if word in records.CITIES}


def database() -> sqlite3.Connection:
    """Return a database with all the tables, and nothing in them."""
    made = sqlite3.connect(":memory:")
    for table, (words, counts) in sql.TABLES.items():
        columns = [f"{name} TEXT" for name in words] + [f"{name} INTEGER" for name in counts]
        made.execute(f"CREATE TABLE {table} ({', '.join(columns)})")
    for table in sql.THINGS:
        made.execute(f"CREATE TABLE {table} (a TEXT, b TEXT, c TEXT)")
    return made


@every("sql")
def test_a_statement_runs_and_names_only_what_was_asked_for(task: Example) -> None:
    assert task.answer.endswith(";")
    keywords = "SELECT FROM WHERE ORDER BY DESC LIMIT DISTINCT DELETE INSERT INTO VALUES COUNT AVG MAX MIN"
    asked = [word for word in re.findall(r"\w+", task.answer) if word not in keywords.split()]
    assert all(stands(word, task.prompt) for word in asked)
    with closing(database()) as made:
        made.execute(task.answer)
        if task.answer.startswith("INSERT"):
            (row,) = made.execute(f"SELECT * FROM {asked[0]}").fetchall()
            assert list(row) == sorted(row, key=task.prompt.index)


# part of a statement: words that ask for it
MEANINGS = {
    " > ": "above over more greater higher > past beyond",
    " < ": "below under less lower smaller < short reach",
    "AVG": "average mean",
    "MAX": "highest maximum largest biggest greatest top most oldest",
    "MIN": "lowest minimum smallest least bottom youngest",
    "DESC": "descending highest largest high best",
    "DISTINCT": "distinct different unique duplicates once twice",
    "COUNT": "many count number headcount figure rows",
    "DELETE": "delete remove erase rid throw",
    "INSERT": "add insert put row write take now keep go have let need store record",
}


@every("sql")
def test_a_statement_does_what_a_word_of_the_prompt_means(task: Example) -> None:
    for part, words in MEANINGS.items():
        if part in task.answer:
            assert any(stands(word, task.prompt.casefold()) for word in words.split())
    if " > " in task.answer or " < " in task.answer:
        other = MEANINGS[" < " if " > " in task.answer else " > "]
        assert not any(stands(word, task.prompt.casefold()) for word in other.split())


# program: its options, how many arguments follow
COMMANDS = {
    "ls": (["-la"], 1), "cat": ([], 1), "rm": ([], 1), "mkdir": ([], 1), "cp": ([], 2), "mv": ([], 2),
    "head": (["-n"], 2), "tail": (["-n"], 2), "wc": (["-l"], 1), "grep": ([], 2), "sort": ([], 1),
    "chmod": (["+x"], 1), "touch": ([], 1), "find": (["-name"], 2), "du": (["-sh"], 1), "cd": ([], 1),
}  # fmt: skip


@every("shell")
def test_a_command_is_one_command_on_what_the_prompt_names(task: Example) -> None:
    program, *rest = shlex.split(task.answer)
    options = [part for part in rest if part[0] in "-+"]
    arguments = [part.removeprefix("*.") for part in rest if part[0] not in "-+"]
    assert (options, len(arguments)) == COMMANDS[program]
    assert all(stands(argument, task.prompt) for argument in arguments)
    bare = re.sub(r"'\*\.\w+'", "", task.answer) if program == "find" else task.answer
    assert re.fullmatch(r"[\w .+-]+", bare)


# what an expression looks like: from its own words and numbers, what it matches and what it only nearly does
REGEX: dict[str, Callable[..., tuple[list[str], list[str]]]] = {
    r"\\d\{(\d+)\}": lambda n: (["7" * n], ["7" * (n - 1), "7" * (n + 1), "7" * (n - 1) + "x"]),
    r"\\d\{(\d+),(\d+)\}": lambda n, m: (["7" * n, "7" * m], ["7" * (n - 1), "7" * (m + 1)]),
    r"\\d\{(\d+),\}": lambda n: (["7" * n, "7" * (n + 30)], ["7" * (n - 1), "7" * n + "x"]),
    r"\[a-z\]\{(\d+)\}": lambda n: (["q" * n], ["q" * (n - 1), "q" * (n + 1), "Q" + "q" * (n - 1)]),
    r"\[A-Z\]\{(\d+)\}": lambda n: (["Q" * n], ["Q" * (n - 1), "Q" * (n + 1), "q" + "Q" * (n - 1)]),
    r"\^(\w+)": lambda w: ([w, f"{w} x"], [f"x {w}", " ".join(w)]),
    r"(\w+)\$": lambda w: ([w, f"x {w}"], [f"{w} x", " ".join(w)]),
    r"\^(\w+)\$": lambda w: ([w], [f"{w} x", f"x {w}", " ".join(w)]),
    r"(\w+)\|(\w+)": lambda v, w: ([v, w, f"x {v}"], [" ".join(v), " ".join(w), "x"]),
    r"\\b(\w+)\\b": lambda w: ([w, f"x {w}, x"], [f"{w}s", f"x{w}", " ".join(w)]),
    r"(\w+)\.\*(\w+)": lambda v, w: ([v + w, f"x {v} x {w}"], [f"{w} x {v}", f"{v} x"]),
    r"(\w+)\\d\+": lambda w: ([f"{w}7", f"x {w}12"], [w, f"{w} 7", f"7{w}"]),
    r"\\w\+@\\w\+\\\.(\w+)": lambda e: ([f"joe@club.{e}"], ["joe@club.x", f"joe.club.{e}", f"joe@clubx{e}"]),
    r"\^\.\{(\d+)\}\$": lambda n: (["x" * n], ["x" * (n - 1), "x" * (n + 1)]),
}
# These say how long a text is, so they are tried on the whole of it.
LENGTHS = r"\\d.*|\[.*"


def kind_of(expression: str) -> tuple[str, tuple[str, ...]]:
    """Return what `expression` looks like, and the words and numbers in it."""
    (kind,) = [(kind, match.groups()) for kind in REGEX if (match := re.fullmatch(kind, expression))]
    return kind


@every("regex")
def test_an_expression_matches_what_it_should_and_refuses_a_near_miss(task: Example) -> None:
    kind, words = kind_of(task.answer)
    assert all(stands(word, task.prompt) for word in words)
    search = re.compile(task.answer)
    tries = search.fullmatch if re.fullmatch(LENGTHS, task.answer) else search.search
    hits, misses = REGEX[kind](*[int(word) if word.isdigit() else word for word in words])
    assert all(map(tries, hits))
    assert not any(map(tries, misses))


def test_every_kind_of_expression_is_asked_for() -> None:
    rng = random.Random(1)
    assert {kind_of(sample("regex", rng, "gate").answer)[0] for _ in range(500)} == set(REGEX)


STYLES = {
    "_": ("snake", "underscore"),
    "-": ("kebab", "dash", "hyphen"),
    ".": ("dot",),
    "/": ("slash",),
    "": ("camel",),
}


@every("case")
def test_an_identifier_is_the_phrase_of_the_prompt_joined_as_it_says(task: Example) -> None:
    sign = re.sub("[A-Za-z]", "", task.answer)[:1]
    words = task.answer.split(sign) if sign else re.findall("[A-Z]?[a-z]+", task.answer)
    assert 2 <= len(words) <= 4
    assert sign.join(words) == task.answer
    assert all(word.islower() for word in words) if sign else all(word[0].isupper() for word in words[1:])
    phrase = " ".join(words).lower()
    assert stands(phrase, task.prompt)
    around = task.prompt.replace(phrase, "").casefold()
    assert [style for style, names in STYLES.items() if any(map(around.count, names))] == [sign]


@pytest.mark.slow
@pytest.mark.parametrize("domain", ["code", "docs"])
def test_no_function_is_asked_for_in_two_splits(domain: str) -> None:
    def request(function: library.Function) -> str:
        asked = code.request(function.head, function.summary)
        return normal(asked if domain == "code" else docs.request(function.head, function.body))

    requests = {split: set(map(request, library.functions(split))) for split in SPLITS}
    assert all(len(known) >= 50 for known in requests.values())
    for one, other in combinations(SPLITS, 2):
        assert not requests[one] & requests[other]


WORDS = ("apple", "moon", "puddle", "cat", "bridge", "orange", "zebra", "ink")
FACTS = tuple(
    Fact("function", name, summary)
    for name, summary in (
        ("os.getcwd", "Return the current folder as text."), ("shutil.move", "Move a file or a folder."),
        ("copy.deepcopy", "Copy an object and all in it."), ("json.dumps", "Write an object as JSON."),
        ("heapq.heappop", "Take the smallest item off a heap."), ("random.shuffle", "Mix up a list."),
        ("obscure.thing", "Do what nobody asked for."), ("os.sep", "lower case, so no sentence."),
    )
)  # fmt: skip
NATIVES = Natives(WORDS, FACTS)


def test_the_base_is_taught_only_functions_of_well_known_modules() -> None:
    assert {fact.name for fact in NATIVES.functions} == {fact.name for fact in FACTS[:6]}


def test_held_out_prompts_of_the_base_are_drawn_only_when_asked_for() -> None:
    rng = random.Random(8)
    learnt = {NATIVES.draw(rng).prompt.casefold() for _ in range(3000)}
    kept = {NATIVES.draw(rng, held=True).prompt.casefold() for _ in range(1000)}
    assert not learnt & kept
    assert not any(map(held_out, learnt))
    assert all(map(held_out, kept))


def natives(task: str) -> st.SearchStrategy[tuple[str, str]]:
    """Prompts and answers of one task of the base, learnt or held out."""

    def draw(seed: int, held: bool) -> tuple[str, str]:
        return NATIVES.of(task, random.Random(seed), held=held)[1:]

    return st.builds(draw, seeds, st.booleans())


@given(natives("spelling"))
def test_the_base_spells_the_word_of_the_prompt_or_names_a_letter(task: tuple[str, str]) -> None:
    prompt, answer = task
    (word,) = [word for word in WORDS if stands(word, prompt)]
    where = re.search("start|first|begin|end|last", prompt.casefold())
    if where is None:
        assert answer == " ".join(word)
    else:
        assert answer == (word[-1] if where[0] in ("end", "last") else word[0])


@given(natives("counting"))
def test_the_base_counts_five_steps_on_or_back(task: tuple[str, str]) -> None:
    prompt, answer = task
    step = -1 if re.search("back|down", prompt) else 1
    (start,) = numbers(prompt)
    assert answer.split(", ") == [str(start + step * n) for n in (1, 2, 3, 4, 5)]


@given(natives("neighbours"))
def test_the_base_knows_the_next_number_and_the_one_before(task: tuple[str, str]) -> None:
    prompt, answer = task
    assert [int(answer)] == [
        n - 1 if re.search("before|precedes", prompt) else n + 1 for n in numbers(prompt)
    ]


@given(natives("comparing"))
def test_the_base_compares_the_two_numbers_of_the_prompt(task: tuple[str, str]) -> None:
    prompt, answer = task
    a, b = sorted(numbers(prompt))
    assert int(answer) == (b if re.search("more|bigger|larger|greater", prompt) else a)


@given(natives("repeating"))
def test_the_base_repeats_what_follows_the_colon(task: tuple[str, str]) -> None:
    prompt, answer = task
    assert prompt.split(": ", 1)[1] == answer


@given(natives("picking"))
def test_the_base_picks_the_first_or_the_last_word(task: tuple[str, str]) -> None:
    prompt, answer = task
    asked, text = prompt.split(": ", 1)
    assert answer == text.split(" ")[0 if "first" in asked.lower() else -1]


@given(natives("functions"))
def test_the_base_says_what_the_named_function_does(task: tuple[str, str]) -> None:
    prompt, answer = task
    assert [fact.summary for fact in FACTS if stands(fact.name, prompt)] == [answer]
