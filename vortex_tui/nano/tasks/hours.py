"""Two lengths of time written h:mm, added up; the answer is written h:mm as well."""

from __future__ import annotations

import random

from vortex_tui.nano.tasks.phrasing import Split, Wordings, say
from vortex_tui.nano.tasks.task import Example, Task

# Many of these are said of plain sums too: only the colons in the numbers tell the two apart.
WORDINGS = Wordings(
    open=(
        "Add {a} and {b}", "Add {a} to {b}", "What is {a} plus {b}?", "{a} plus {b}", "{a} + {b}", "{a}+{b}",
        "{a} + {b} =", "What is {a} + {b}?", "What's {a} + {b}?", "Sum of {a} and {b}", "add {a} {b}",
        "What is the sum of {a} and {b}?", "sum {a} {b}", "Total of {a} and {b}?", "Work out {a} + {b}",
        "Compute {a} + {b}.", "Calculate {a} plus {b}", "{a} and {b} added together",
        "How much is {a} + {b}?", "Total time of {a} and {b}", "How long is {a} plus {b}?",
        "How long are {a} and {b} together?", "Add the times {a} and {b}", "Add the durations {a} and {b}.",
        "How much time is {a} and {b}?", "time {a} + {b}", "hours: {a} + {b}", "{a} hours plus {b} hours",
        "What time is {b} after {a}?", "I worked {a} and then {b}. How long in all?",
        "A film of {a} and one of {b}: how long is that?",
        "The drive took {a} and the walk {b}. How much time altogether?", "{a} on Monday and {b} on Tuesday",
        "Give me {a} plus {b} in hours and minutes", "Combine {a} and {b}", "{a} plus another {b}",
        "If I start at {a} and it takes {b}, when am I done?", "h:mm sum of {a} and {b}",
        "Two tasks take {a} and {b}. Total hours?", "What do you get if you add {b} to {a}?",
    ),
    held=(
        "Find {a} + {b}.", "Evaluate {a} plus {b}", "Extend {a} by {b}",
        "How long do {a} and {b} last in a row?", "Cooking takes {a}, cleaning {b}. Overall time?",
        "sum of times: {a}, {b}", "{b} more than {a} is?",
        "My shifts were {a} and {b} long; what are my hours?", "duration({a}) + duration({b})",
        "Tell me the total duration for {a} and {b}",
    ),
    sealed=(
        "How much do {a} and {b} make?", "Tally {a} and {b}", "Put {a} and {b} together",
        "{a} then {b}: how long?", "I need the hours of {a} and {b} as one figure",
        "What is the length of {a} with {b} on top?",
        "My flight lasts {a} and the layover {b}, so what is the travel time?",
        "Join a {a} video to a {b} video", "Where does the clock stand {b} past {a}?",
        "Timesheet: {a}, {b}. What goes in the total row?", "Grow {a} by {b}",
        "{a} increased by a duration of {b} equals", "After {a} wait {b} more; time passed?",
        "We practised {a} one day, {b} the next. All in all?",
    ),
)  # fmt: skip

PLAIN = (
    ("I slept 6:15 at night and 1:20 after lunch. How long did I sleep?", "7:35"),
    ("First flight 2:50, second flight 4:35. Time in the air?", "7:25"),
    ("The train leaves at 8:40 and the ride takes 3:25. When does it arrive?", "12:05"),
    ("1:45 of maths followed by 0:50 of music", "2:35"),
    ("We drove 5:30 before the break, 2:45 behind it, so how long did we drive?", "8:15"),
    ("bread rises for 2:05, bakes for 0:55, and is done after?", "3:00"),
    ("Splice two tapes of 0:45 and 0:35: length of the new one?", "1:20"),
    ("Tom ran 3:10, Ann ran 3:40, time for both?", "6:50"),
    ("It is 9:20 now. What will my watch show 1:50 later?", "11:10"),
    ("a 7:25 shift with 2:30 of overtime", "9:55"),
    ("Past 4:05 of climbing came 3:55 of going down; how long was the hike?", "8:00"),
    ("Movie night: one of 2:15, another of 1:55. How long does it get?", "4:10"),
    ("meeting one 0:25, meeting two 0:30", "0:55"),
    ("My battery holds out 8:50 and the spare 9:15, so both give me what?", "18:05"),
    ("stretch 6:40 by 0:35", "7:15"),
    ("Lessons: 1:30 today, 1:30 tomorrow. Class time?", "3:00"),
    ("She stood in line 0:55 and then 0:10 longer", "1:05"),
    ("from 3:35 go forward 5:45", "9:20"),
    ("What would 9:55 be with 9:05 tacked on?", "19:00"),
    ("Painting took 5:20 and drying 7:00, start till end?", "12:20"),
    ("a delay of 1:10 makes my 4:30 trip how long?", "5:40"),
    ("two podcasts, 0:50 and 1:25, back to back", "2:15"),
    ("Set the timer at 2:00, give it 0:45 extra. It shows?", "2:45"),
    ("Dad was at the wheel for 4:20. Mum did the other 6:50. The way took", "11:10"),
)  # fmt: skip

_EASY = (8, 6, 4, 3, 2, 2, 1, 1, 1, 1, 1, 1)


def written(minutes: int) -> str:
    """Return a number of minutes as h:mm."""
    return f"{minutes // 60}:{minutes % 60:02d}"


def make(rng: random.Random, split: Split) -> Example:
    """Draw a request and its total."""
    a, b = _minutes(rng), _minutes(rng)
    if split == "train" and rng.random() < 0.5:
        # Minutes wrap at 60, so even weights would hide what one of the two says about the total.
        b = b - b % 60 + 5 * rng.choices(range(12), _EASY)[0]
        a, b = (a, b) if rng.random() < 0.7 else (b, a)
    return Example(say(WORDINGS, split, rng, {"a": written(a), "b": written(b)}, loose=True), written(a + b))


def _minutes(rng: random.Random) -> int:
    """Draw a time from 0:00 to 9:55, in minutes."""
    return 5 * rng.randrange(120)


TASK = Task(
    "hours",
    "Hours",
    "Adds two durations written h:mm, from 0:00 to 9:55 in steps of five minutes; "
    "answers with the total as h:mm.",
    make,
    tuple(Example(*pair) for pair in PLAIN),
)
