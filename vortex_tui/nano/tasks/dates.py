"""ISO 8601 dates, rewritten with the name of the month; the answer is the date alone."""

from __future__ import annotations

import random

from vortex_tui.nano.tasks.iso import MONTHS, draw_date, iso
from vortex_tui.nano.tasks.phrasing import Split, Wordings, say
from vortex_tui.nano.tasks.task import Example, Task

WORDINGS = Wordings(
    open=(
        "Write the date {d} in words", "Write {d} in words", "{d} in words", "{d} in English",
        "{d} written out", "Write {d} out in full", "Write the date {d} with the month's name",
        "{d} with the month as a word", "Convert {d} to words", "Convert the date {d} to a long date",
        "Convert {d} to day, month, year.", "Turn {d} into a date in words", "Give me {d} in words",
        "Give the date {d} in plain English", "What is {d} in words?", "What's {d} in long form?",
        "How do you say {d}?", "How do you write {d} in words?", "Long date for {d}", "date: {d}",
        "The long form of {d}", "Spell out the date {d}", "Spell the month in {d}", "Format the date {d}",
        "Format {d} as day month year", "Reformat {d}", "Write the date {d}", "{d} as a human date",
        "Express {d} with a month name", "Show {d} as people write it", "{d} for humans",
        "Put {d} in words, day first", "Change the date {d} to words", "Name the month in the date {d}",
        "Translate {d} into a readable date", "I was born on {d}. What is that in words?",
        "The meeting is on {d}; write the date for a letter", "Make {d} readable", "{d} = ?",
        "ISO date {d} in full",
    ),
    held=(
        "Get the long form of the date {d}", "How is {d} written in full?", "Tell me {d} in words.",
        "{d} as a date in a letter", "Expand {d}", "Rewrite the date {d} in English", "In words: {d}",
        "Invoice dated {d}: date in words?", "Display {d} as day, month name and year",
    ),
    sealed=(
        "Could you write {d} the long way?", "What would {d} look like with the month spelled out?",
        "I need {d} as a readable date", "Which date does {d} mean?", "Please put this date into words: {d}",
        "How should I write {d} on an invitation?", "Unpack the ISO date {d}", "{d} -> day month year",
        "My guests can't read {d}, so give the month its name",
        "The contract was signed on {d}, which in words is", "Today is {d}, say it in English",
        "For the newspaper, {d} becomes which date?", "Say the date {d} aloud",
        "Human-friendly version of {d}", "The date is {d}; rewrite it",
    ),
)  # fmt: skip

PLAIN = (
    ("My passport says 2031-07-12. When does it run out?", "12 July 2031"),
    ("Day first, please: 2024-03-03", "3 March 2024"),
    ("1987-05-21 for a birthday card", "21 May 1987"),
    ("What day is meant by 1999-10-04?", "4 October 1999"),
    ("Grandma dislikes 2040-12-25; how would she put it?", "25 December 2040"),
    ("Make 1921-06-30 nicer to read", "30 June 1921"),
    ("the log says 2016-09-08, tell a friend when that was", "8 September 2016"),
    ("Engrave 2009-08-17 on the ring without dashes", "17 August 2009"),
    ("1900-01-01, as in a history book", "1 January 1900"),
    ("Read 2028-02-29 to me", "29 February 2028"),
    ("When did the war end if the file has 1918-11-11?", "11 November 1918"),
    ("Replace the middle number of 2077-04-02 by its name, smallest unit first", "2 April 2077"),
    ("On a poster, 2062-01-15 should be", "15 January 2062"),
    ("less like a computer: 1952-02-06", "6 February 1952"),
    ("The database gave me 2003-11-23 and I must tell the customers", "23 November 2003"),
    ("In everyday English, 2085-08-19", "19 August 2085"),
    ("1976-07-04 was which day of history?", "4 July 1976"),
    ("They asked me to print 2026-10-31 on tickets the British way", "31 October 2026"),
    ("I can't make sense of 1941-12-07", "7 December 1941"),
    ("Her diary entry of 2095-05-09 needs a heading", "9 May 2095"),
    ("Turn the hyphens of 1961-04-12 into something a child can read", "12 April 1961"),
    ("someone signed on 2012-06-30; for the letter, that's", "30 June 2012"),
    ("School starts 2033-09-01, announce it", "1 September 2033"),
    ("A backup is named 2018-03-22. Made on?", "22 March 2018"),
)  # fmt: skip


def long_date(year: int, month: int, day: int) -> str:
    """Return the date as day, name of the month and year."""
    return f"{day} {MONTHS[month - 1]} {year}"


def make(rng: random.Random, split: Split) -> Example:
    """Draw an ISO 8601 date and its form in words."""
    date = draw_date(rng)
    return Example(say(WORDINGS, split, rng, {"d": iso(*date)}, loose=True), long_date(*date))


TASK = Task(
    "dates",
    "Dates in words",
    "Rewrites a YYYY-MM-DD date, from 1900 to 2099, as day, name of the month and year.",
    make,
    tuple(Example(*pair) for pair in PLAIN),
)
