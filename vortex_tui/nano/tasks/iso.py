"""Dates with a named month, rewritten in ISO 8601; the answer is the date alone."""

from __future__ import annotations

import calendar
import random

from vortex_tui.nano.tasks.phrasing import Split, Wordings, choose, say
from vortex_tui.nano.tasks.task import Example, Task

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip

WORDINGS = Wordings(
    open=(
        "Write {d} in ISO 8601", "Write the date {d} in ISO format", "{d} in ISO 8601", "{d} in ISO format",
        "{d} to ISO", "{d} as an ISO date", "Convert {d} to ISO 8601", "Convert {d} to YYYY-MM-DD",
        "Convert the date {d} into ISO form.", "Turn {d} into an ISO date", "Give me {d} as YYYY-MM-DD",
        "What is {d} in ISO format?", "What's {d} in ISO 8601?", "How do you write {d} in ISO 8601?",
        "ISO date for {d}", "The ISO date of {d}", "ISO 8601: {d}", "iso {d}", "date: {d}",
        "The date {d} as numbers", "Write the date {d} with digits and dashes", "Format {d} as YYYY-MM-DD",
        "Change {d} to the form YYYY-MM-DD", "Format the date {d}", "Reformat {d}", "Write the date {d}",
        "Express {d} as an ISO 8601 date", "Show {d} in the ISO style", "Put {d} in ISO order",
        "{d} with the year first", "Write {d} year first, then month, then day", "{d} in numbers",
        "Write {d} as year-month-day", "Normalise the date {d}", "The numeric date for {d}",
        "Translate {d} into a machine-readable date", "I was born on {d}. What is that in ISO format?",
        "The meeting is on {d}; store the date", "Make {d} sortable", "{d} = ?",
    ),
    held=(
        "Get the ISO form of {d}", "How is {d} written in ISO 8601?", "Spell {d} as YYYY-MM-DD",
        "{d} as a database date", "Standard numeric form of {d}", "Rewrite the date {d} in ISO",
        "Tell me {d} as YYYY-MM-DD.", "Numeric: {d}", "Invoice dated {d}: ISO date?",
    ),
    sealed=(
        "Could you rewrite {d} the ISO way?", "What would {d} look like as YYYY-MM-DD?", "{d} -> YYYY-MM-DD",
        "I need {d} as an ISO 8601 string", "Which ISO date is {d}?", "Please standardise this date: {d}",
        "How should I type {d} into a YYYY-MM-DD field?", "Represent {d} using the ISO standard",
        "My form only takes YYYY-MM-DD and the day is {d}", "Today is {d}, stamp it the ISO way",
        "The contract was signed on {d}, so the ISO date is", "For the log, {d} becomes which ISO date?",
        "Parse the date {d}", "Enter {d} in a date column", "The date is {d}; rewrite it",
    ),
)  # fmt: skip

PLAIN = (
    ("My flight leaves on 12 July 2031; how would a computer store that day?", "2031-07-12"),
    ("Year, then month, then day, in digits: March 3, 2024", "2024-03-03"),
    ("She was born on the 21st of May 1987. Put it on the spreadsheet", "1987-05-21"),
    ("4 Oct 1999 with hyphens", "1999-10-04"),
    ("Which digits stand for Dec 25 2040?", "2040-12-25"),
    ("The treaty of June 30th 1921, biggest unit first", "1921-06-30"),
    ("Only numbers for 8 September 2016", "2016-09-08"),
    ("A folder of photos from August 17, 2009 should sort well. Its label?", "2009-08-17"),
    ("1st of January 1900, as a database keeps it", "1900-01-01"),
    ("log entry for 29 Feb 2028", "2028-02-29"),
    ("Nov 11 1918, the way programmers like it", "1918-11-11"),
    ("Rent is due by April 2nd 2077; enter that numerically", "2077-04-02"),
    ("I want no letters in 15 January 2062", "2062-01-15"),
    ("Can you make February 6, 1952 easy to sort?", "1952-02-06"),
    ("The shop opened on the 23rd of November 2003: what goes in the CSV?", "2003-11-23"),
    ("19 Aug 2085, machine style", "2085-08-19"),
    ("Replace the month's name by a number in Jul 4 1976", "1976-07-04"),
    ("Our server wants dashes, and the exam is on October 31st 2026", "2026-10-31"),
    ("digits, please... 7 December 1941", "1941-12-07"),
    ("Someone signed this on May 9, 2095. Say so in eight digits and two hyphens", "2095-05-09"),
    ("From longest unit to shortest, the 12th of April 1961", "1961-04-12"),
    ("What should I type in the HTML calendar box for 30 Jun 2012?", "2012-06-30"),
    ("Sep 1 2033 is when school starts, in international notation", "2033-09-01"),
    ("Backup of March 22nd 2018, named by its day", "2018-03-22"),
)  # fmt: skip


def draw_date(rng: random.Random) -> tuple[int, int, int]:
    """Draw a year from 1900 to 2099, a month and a day that the month has."""
    year, month = rng.randrange(1900, 2100), rng.randrange(1, 13)
    return year, month, rng.randrange(1, calendar.monthrange(year, month)[1] + 1)


def iso(year: int, month: int, day: int) -> str:
    """Return the date in ISO 8601."""
    return f"{year}-{month:02}-{day:02}"


def ordinal(day: int) -> str:
    """Return `day` (1 to 31) with its ending, such as 22nd."""
    endings = {1: "st", 2: "nd", 3: "rd"}
    return f"{day}{'th' if day in (11, 12, 13) else endings.get(day % 10, 'th')}"


def forms(year: int, month: int, day: int) -> tuple[str, ...]:
    """Return the ways in which people write the date with the name of its month."""
    name = MONTHS[month - 1]
    short = name[:3]
    return (
        f"{day} {name} {year}",
        f"{name} {day}, {year}",
        f"{ordinal(day)} of {name} {year}",
        f"{day} {short} {year}",
        f"{short} {day} {year}",
        f"{name} {ordinal(day)} {year}",
    )


def make(rng: random.Random, split: Split) -> Example:
    """Draw a date in words and its ISO 8601 form."""
    date = draw_date(rng)
    return Example(say(WORDINGS, split, rng, {"d": choose(forms(*date), rng)}, loose=True), iso(*date))


TASK = Task(
    "iso",
    "ISO dates",
    "Rewrites a date with a named month, from 1900 to 2099, as YYYY-MM-DD.",
    make,
    tuple(Example(*pair) for pair in PLAIN),
)
