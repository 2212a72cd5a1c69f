"""Requests about a table, answered by one SQL statement."""

from __future__ import annotations

import random

from vortex_tui.nano.tasks.phrasing import Split, Wordings, choose, say
from vortex_tui.nano.tasks.task import Example, Task

# table: (columns of words, columns of numbers)
TABLES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "users": (("name", "email", "city"), ("age", "score")),
    "customers": (("name", "country", "city"), ("age", "balance")),
    "orders": (("status", "customer", "city"), ("total", "quantity")),
    "products": (("name", "category", "brand"), ("price", "stock")),
    "employees": (("name", "department", "city"), ("salary", "age")),
    "books": (("title", "author", "language"), ("year", "price")),
    "students": (("name", "school", "city"), ("grade", "age")),
    "invoices": (("status", "customer", "country"), ("amount", "year")),
    "movies": (("title", "director", "language"), ("year", "rating")),
    "cars": (("model", "brand", "color"), ("price", "year")),
}

# table: values of one row
THINGS: dict[str, tuple[str, ...]] = {
    "fruits": (
        "apples", "pears", "plums", "figs", "limes", "kiwis", "grapes", "lemons", "melons", "cherries",
        "peaches", "bananas", "mangoes", "oranges",
    ),
    "colors": (
        "red", "green", "blue", "white", "black", "yellow", "pink", "brown", "gray", "orange", "purple",
        "gold", "silver", "violet",
    ),
    "animals": (
        "cats", "dogs", "cows", "pigs", "goats", "sheep", "horses", "lions", "bears", "wolves", "foxes",
        "mice", "birds", "ducks",
    ),
    "tools": (
        "hammers", "saws", "drills", "nails", "screws", "axes", "ropes", "knives", "files", "ladders",
        "shovels", "brushes", "pliers", "rakes",
    ),
    "flowers": (
        "roses", "tulips", "lilies", "daisies", "violets", "poppies", "irises", "orchids", "asters",
        "lilacs", "pansies", "peonies",
    ),
    "drinks": (
        "tea", "coffee", "milk", "juice", "water", "wine", "beer", "cocoa", "cider", "soda", "rum", "punch",
    ),
}  # fmt: skip

# slot: words that mean the same
SYNONYMS: dict[str, tuple[str, ...]] = {
    "g": ("above", "over", "more than", "greater than", "higher than", ">"),
    "l": ("below", "under", "less than", "lower than", "smaller than", "<"),
    "q": ("equal to", "exactly", "="),
    "a": ("average", "mean"),
    "h": ("highest", "maximum", "largest", "biggest", "greatest", "top"),
    "s": ("lowest", "minimum", "smallest", "least"),
    "u": ("distinct", "different", "unique"),
    "o": ("ascending", "lowest first", "from low to high", "in ascending order", "smallest first"),
    "d": ("descending", "highest first", "from high to low", "in descending order", "largest first"),
    "r": ("delete", "remove", "erase"),
    "i": ("add", "insert", "put"),
}

# statement: its requests
WORDINGS: dict[str, Wordings] = {
    "SELECT * FROM {t};": Wordings(
        open=(
            "Show all {t}", "List all {t}", "Select everything from {t}", "SQL for all {t}", "all {t}",
            "Get every row of {t}", "All rows from {t}", "Give me all {t}", "Print the whole {t} table",
            "Hello there, I need all the {t} today, as usual", "everything in {t}, for the report",
            "Show me everything about {t}",
            "Give me the whole of {t}", "Return every record in {t}", "I would like all {t}",
            "What is in {t}?", "Read out all {t}", "{t}: everything", "Each and every one of the {t}",
            "Open the {t} table and show it all", "We need the full list of {t}", "Which {t} do we have?",
            "May I have all of the {t}?", "Who or what is in {t}? Show them all",
        ),
        held=("Display all {t}", "Fetch each row in {t}"),
        sealed=("Can I see all {t}?", "I want the complete {t} table", "Let me look at all our {t}"),
    ),
    "SELECT {w} FROM {t};": Wordings(
        open=(
            "Show the {w} of all {t}", "List the {w} of {t}", "Select {w} from {t}", "{w} of all {t}",
            "SQL for the {w} of all {t}", "Get the {w} of every row in {t}", "only the {w} column of {t}",
            "What is the {w} of each of the {t}?", "My boss asked for the {w} of all the {t}, so show it",
            "Show me just {w} for {t}",
            "Return the {w} for every one of the {t}", "{t} with their {w} only",
            "I would like the {w} of all {t}", "We need each {w} in {t}", "Which {w} do the {t} have?",
            "Read out the {w} of every row in {t}", "Of all {t} just the {w}", "For all {t}, the {w}",
            "From {t}, the {w} alone", "What are the {w} values of all the {t}?",
            "May I have the {w} of all {t}?", "{t}: the {w}",
        ),
        held=("Give me the {w} of all {t}", "Print column {w} of {t}"),
        sealed=("What {w} does each of the {t} have?", "I need the {w} of each of {t}", "{t}: only {w}"),
    ),
    "SELECT COUNT(*) FROM {t};": Wordings(
        open=(
            "How many {t} are there?", "Count the {t}", "Count all {t}", "Number of {t}", "SQL to count {t}",
            "Count rows in {t}", "How many rows does {t} have?", "The number of {t}, please",
            "Just curious, how many {t} do we have by now?", "count {t} for the report",
            "Tell me how many {t} exist",
            "Return the count of {t}", "I would like the number of {t}", "What is the total number of {t}?",
            "{t}: the count", "We need a count of all {t}", "How large is the {t} table? Count its rows",
            "Of {t}, how many exist?", "Do you know how many {t} there are?", "How many rows are in {t}?",
            "In {t}, how many rows?", "May I have the number of {t}?",
        ),
        held=("How many {t} do you have?", "What is the number of {t}?"),
        sealed=("Do a count of our {t}", "I need to know how many {t} we have", "{t}: how many?"),
    ),
    "SELECT * FROM {t} WHERE {c} > {n};": Wordings(
        open=(
            "Show {t} with {c} {g} {n}", "List {t} with {c} {g} {n}", "Find {t} where {c} is {g} {n}",
            "{t} with {c} {g} {n}", "Get all {t} with {c} {g} {n}", "SQL for {t} with {c} {g} {n}",
            "Which {t} have a {c} {g} {n}?", "Select {t} whose {c} is {g} {n}", "{t}, {c} {g} {n}",
            "For the report I need the {t} with {c} {g} {n}, no hurry", "{c} {g} {n} in {t}",
            "When {c} is {g} {n}, show {t}", "If {c} is {g} {n}, list the {t}",
            "Return every one of the {t} with {c} {g} {n}", "I would like {t} that have a {c} {g} {n}",
            "We need all {t} where {c} is {g} {n}", "Only {t} with a {c} {g} {n}",
            "{t} that have a {c} {g} {n}", "From {t}, those with {c} {g} {n}",
            "Of all {t}, the ones whose {c} is {g} {n}", "Are there {t} with {c} {g} {n}? List them",
            "With {c} {g} {n}, which {t} are there?", "{t} for which {c} is {g} {n}",
        ),
        held=("Find all {t} with a {c} {g} {n}", "Show me {t} if {c} is {g} {n}"),
        sealed=(
            "I want to see {t} whose {c} is {g} {n}", "Do we have {t} with {c} {g} {n}? Show those",
            "Where {c} is {g} {n}, give me the {t}",
        ),
    ),
    "SELECT * FROM {t} WHERE {c} < {n};": Wordings(
        open=(
            "Show {t} with {c} {l} {n}", "List {t} with {c} {l} {n}", "Find {t} where {c} is {l} {n}",
            "{t} with {c} {l} {n}", "Get all {t} with {c} {l} {n}", "SQL for {t} with {c} {l} {n}",
            "Which {t} have a {c} {l} {n}?", "Select {t} whose {c} is {l} {n}", "{t}, {c} {l} {n}",
            "For my friend, all the {t} with {c} {l} {n} if you can", "{c} {l} {n} in {t}",
            "When {c} is {l} {n}, show {t}", "If {c} is {l} {n}, list the {t}",
            "Return every one of the {t} with {c} {l} {n}", "I would like {t} that have a {c} {l} {n}",
            "We need all {t} where {c} is {l} {n}", "Only {t} with a {c} {l} {n}",
            "{t} that have a {c} {l} {n}", "From {t}, those with {c} {l} {n}",
            "Of all {t}, the ones whose {c} is {l} {n}", "Are there {t} with {c} {l} {n}? List them",
            "With {c} {l} {n}, which {t} are there?", "{t} for which {c} is {l} {n}",
        ),
        held=("Find all {t} with a {c} {l} {n}", "Show me {t} if {c} is {l} {n}"),
        sealed=(
            "I want to see {t} whose {c} is {l} {n}", "Do we have {t} with {c} {l} {n}? Show those",
            "Where {c} is {l} {n}, give me the {t}",
        ),
    ),
    "SELECT * FROM {t} WHERE {c} = {n};": Wordings(
        open=(
            "Show {t} with {c} {q} {n}", "List {t} with {c} {q} {n}", "Find {t} where {c} is {n}",
            "{t} with {c} {q} {n}", "SQL for {t} whose {c} is {n}", "Which {t} have a {c} of {n}?",
            "Select {t} whose {c} is {q} {n}", "{t}, {c} {q} {n}", "Get all {t} with a {c} of {n}",
            "My notes say {c} {q} {n}, so show me those {t}", "Show the {t} with {c} {n}",
            "When {c} is {q} {n}, show {t}", "Return every one of the {t} with {c} {q} {n}",
            "We need all {t} where {c} is {q} {n}", "{t} that have a {c} {q} {n}",
            "Of all {t}, the ones whose {c} is {q} {n}", "With {c} {q} {n}, which {t} are there?",
            "When {c} is {n}, show {t}", "If {c} is {n}, list the {t}",
            "I would like {t} that have a {c} of {n}", "From {t}, those whose {c} is {n}",
            "Are there {t} with a {c} of {n}? List them", "{t} for which {c} is {n}",
        ),
        held=("Find all {t} whose {c} is {n}", "Show me {t} if {c} is {q} {n}"),
        sealed=(
            "I want to see {t} whose {c} is {q} {n}", "Do we have {t} with {c} {q} {n}? Show those",
            "Where {c} is {n}, give me the {t}",
        ),
    ),
    "SELECT AVG({c}) FROM {t};": Wordings(
        open=(
            "{a} {c} of {t}", "What is the {a} {c} of all {t}?", "Show the {a} {c} of {t}",
            "SQL for the {a} {c} in {t}", "Get the {a} of {c} in {t}", "What's the {a} of {c} for {t}?",
            "Compute the {a} {c} of {t}", "{t}: {a} {c}", "How high is the {a} {c} of the {t}?",
            "If you have a minute, the {a} {c} of our {t} for the report",
            "Return the {a} {c} of {t}", "For {t}, what is the {a} {c}?", "In {t}, the {a} {c}",
            "We need the {a} {c} in {t}", "I would like the {a} {c} of all {t}", "{c} of {t}, the {a}",
            "May I have the {a} {c} of {t}?", "Among {t}, what {a} {c} is there?",
            "Over {t}, find the {a} {c}", "What {a} {c} do {t} have?",
            "Taken over {t}, what is the {a} {c}?",
        ),
        held=("Give me the {a} {c} of the {t}", "Work out the {a} {c} over {t}"),
        sealed=(
            "I need the {a} {c} among all {t}", "Do you know the {a} {c} of {t}?",
            "Write SQL that finds the {a} of {c} over {t}",
        ),
    ),
    "SELECT MAX({c}) FROM {t};": Wordings(
        open=(
            "{h} {c} of {t}", "What is the {h} {c} of all {t}?", "Show the {h} {c} in {t}",
            "SQL for the {h} {c} in {t}", "Get the {h} {c} of {t}", "{t}: {h} {c}",
            "What's the {h} value of {c} in {t}?", "the {h} {c} among {t}", "Find the {h} {c} of the {t}",
            "Somebody here wants the {h} {c} of all our {t}, thanks a lot",
            "Return the {h} {c} of {t}", "For {t}, what is the {h} {c}?", "In {t}, the {h} {c}",
            "We need the {h} {c} in {t}", "I would like the {h} {c} of all {t}", "{c} of {t}, the {h}",
            "May I have the {h} {c} of {t}?", "Among {t}, what {h} {c} is there?",
            "Over {t}, find the {h} {c}", "What {h} {c} do {t} have?",
        ),
        held=("Give me the {h} {c} of the {t}", "Tell me the {h} {c} for {t}"),
        sealed=(
            "I need the {h} {c} that {t} have", "Do you know the {h} {c} of {t}?",
            "Of all {t}, what is the {h} {c}?",
        ),
    ),
    "SELECT MIN({c}) FROM {t};": Wordings(
        open=(
            "{s} {c} of {t}", "What is the {s} {c} of all {t}?", "Show the {s} {c} in {t}",
            "SQL for the {s} {c} in {t}", "Get the {s} {c} of {t}", "{t}: {s} {c}",
            "What's the {s} value of {c} in {t}?", "the {s} {c} among {t}", "Find the {s} {c} of the {t}",
            "We were wondering about the {s} {c} of all the {t} today",
            "Return the {s} {c} of {t}", "For {t}, what is the {s} {c}?", "In {t}, the {s} {c}",
            "We need the {s} {c} in {t}", "I would like the {s} {c} of all {t}", "{c} of {t}, the {s}",
            "May I have the {s} {c} of {t}?", "Among {t}, what {s} {c} is there?",
            "Over {t}, find the {s} {c}", "What {s} {c} do {t} have?",
        ),
        held=("Give me the {s} {c} of the {t}", "Tell me the {s} {c} for {t}"),
        sealed=(
            "I need the {s} {c} that {t} have", "Do you know the {s} {c} of {t}?",
            "Of all {t}, what is the {s} {c}?",
        ),
    ),
    "SELECT * FROM {t} ORDER BY {c};": Wordings(
        open=(
            "Sort {t} by {c}", "List {t} ordered by {c}", "Show all {t} sorted by {c}", "{t} by {c}, {o}",
            "SQL for {t} ordered by {c}", "Sort {t} by {c} {o}", "List {t} by {c}, {o}",
            "Order the {t} by {c}, {o}", "Show all {t} sorted by {c} {o}", "Arrange {t} by {c}",
            "For the meeting: the {t} sorted by {c} {o}, please and thanks",
            "Return the {t} ordered by {c}, {o}", "I would like the {t} sorted by {c}, {o}",
            "We need {t} by {c} {o}", "{t} sorted by {c}, {o}", "{t} in the order of their {c}, {o}",
            "By {c}, {o}: all {t}", "Sorted by {c}, {o}, show {t}", "Put the {t} in order by {c}, {o}",
            "What are the {t}, sorted by {c} {o}?", "Read out {t} by {c}, {o}",
            "{t} in the order of their {c}", "Sorted by {c}, show {t}", "Put the {t} in order by {c}",
        ),
        held=("Show me the {t} ordered by {c}", "Get the {t} by {c} {o}"),
        sealed=(
            "Can the {t} be sorted by {c}, {o}?", "I want {t} in order of {c}",
            "Give me all {t} ordered by {c}, {o}",
        ),
    ),
    "SELECT * FROM {t} ORDER BY {c} DESC;": Wordings(
        open=(
            "Sort {t} by {c} {d}", "List {t} ordered by {c}, {d}", "Show all {t} sorted by {c} {d}",
            "SQL for {t} by {c} {d}", "{t} by {c}, {d}", "List {t} by {c}, {d}", "Select {t} by {c} {d}",
            "Order the {t} by {c}, {d}", "Arrange {t} by {c} {d}", "Sort {t} {d} by {c}",
            "Good morning, our {t} sorted by {c} {d} would be lovely",
            "Return the {t} ordered by {c}, {d}", "I would like the {t} sorted by {c}, {d}",
            "We need {t} by {c} {d}", "{t} sorted by {c}, {d}", "{t} in the order of their {c}, {d}",
            "By {c}, {d}: all {t}", "Sorted by {c}, {d}, show {t}", "Put the {t} in order by {c}, {d}",
            "What are the {t}, sorted by {c} {d}?", "Read out {t} by {c}, {d}",
        ),
        held=("Show me the {t} by {c}, {d}", "Get the {t} ordered by {c} {d}"),
        sealed=(
            "Can the {t} be sorted by {c}, {d}?", "I want {t} in order of {c}, {d}",
            "Give me all {t} ordered by {c}, {d}",
        ),
    ),
    "SELECT * FROM {t} LIMIT {n};": Wordings(
        open=(
            "Show the first {n} {t}", "List {n} {t}", "Get {n} rows from {t}", "First {n} rows of {t}",
            "SQL for the first {n} {t}", "Show only {n} {t}", "no more than {n} {t}", "{n} rows of {t}",
            "Select at most {n} {t}", "The report has room for the first {n} {t}, so show those",
            "Show {t} but stop after {n}",
            "Return {n} {t}", "I would like {n} rows of {t}", "We need no more than {n} {t}",
            "{t}: {n} rows", "The first {n} of {t}", "From {t}, the first {n}", "Of {t}, at most {n} rows",
            "May I have {n} of the {t}?", "What are the first {n} {t}?", "Stop after {n} rows of {t}",
            "Up to {n} {t}",
        ),
        held=("Give me the first {n} {t}", "Limit {t} to {n}"),
        sealed=(
            "I want to see at most {n} rows of {t}", "Can I have the first {n} of the {t}?",
            "{t}, only the first {n}",
        ),
    ),
    "SELECT DISTINCT {w} FROM {t};": Wordings(
        open=(
            "Show the {u} {w} of {t}", "List the {u} {w} values of {t}", "{u} {w} in {t}",
            "SQL for {u} {w} of {t}", "Get every {u} {w} of {t}", "Which {u} {w} values does {t} have?",
            "Select the {u} {w} from {t}", "the {w} of {t} without duplicates", "{w} of {t}, each only once",
            "It's for my boss: every {u} {w} found in {t}, no duplicates",
            "Return the {u} {w} of {t}", "I would like every {u} {w} in {t}",
            "We need the {u} {w} values from {t}", "{t}: {u} {w}", "From {t}, each {u} {w}",
            "In {t}, which {w} values are {u}?", "Which {u} {w} are in {t}?", "All {u} {w} among {t}",
            "May I have the {u} {w} of {t}?", "{u} values of {w} from {t}", "For {t}, the {u} {w} values",
        ),
        held=("Give me the {u} {w} of the {t}", "Print each {u} {w} in {t}"),
        sealed=(
            "What {u} values of {w} are there in {t}?", "I need all {u} {w} values of {t}",
            "Show {w} of {t}, without duplicates",
        ),
    ),
    "DELETE FROM {t} WHERE {c} < {n};": Wordings(
        open=(
            "{r} {t} with {c} {l} {n}", "{r} all {t} with {c} {l} {n}", "{r} {t} where {c} is {l} {n}",
            "SQL to {r} {t} with {c} {l} {n}", "{r} the {t} whose {c} is {l} {n}",
            "We should {r} {t} with a {c} {l} {n}", "{r} every row of {t} with {c} {l} {n}",
            "I cleaned up today, so {r} the {t} with {c} {l} {n} too",
            "Get rid of {t} with {c} {l} {n}", "from {t}, {r} those with {c} {l} {n}",
            "When {c} is {l} {n}, {r} those {t}", "If {c} is {l} {n}, {r} the {t}",
            "I would like to {r} {t} with {c} {l} {n}", "We need to {r} {t} whose {c} is {l} {n}",
            "{t} that have {c} {l} {n}: {r} those", "Of all {t}, {r} the ones with {c} {l} {n}",
            "With {c} {l} {n}, {r} {t}", "Go and {r} all {t} where {c} is {l} {n}",
            "May I {r} the {t} with {c} {l} {n}?", "Only {r} {t} with a {c} {l} {n}",
        ),
        held=("Please {r} any {t} if {c} is {l} {n}", "{t} with {c} {l} {n}: {r} them"),
        sealed=(
            "Can you {r} {t} whose {c} is {l} {n}?", "I want to {r} all {t} with a {c} {l} {n}",
            "Where {c} is {l} {n}, {r} the {t}",
        ),
    ),
    "INSERT INTO {t} VALUES ('{x}', '{y}', '{z}');": Wordings(
        open=(
            "Add {x}, {y} and {z} to {t}", "Insert {x}, {y}, {z} into {t}", "{i} {x}, {y}, {z} in {t}",
            "SQL to {i} {x}, {y} and {z} into {t}", "{x}, {y}, {z} as a row of {t}", "{t}: {i} {x}, {y}, {z}",
            "A new row of {t} with {x}, {y} and {z}", "Into {t} {i} {x}, {y} and {z}",
            "Put {x} and {y} and {z} into {t}", "We got {x}, {y} and {z} today, so {i} them in {t}",
            "The row {x}, {y}, {z} goes into {t}", "Make {x}, {y}, {z} a row in {t}",
            "I would like to {i} {x}, {y} and {z} in {t}", "We need {x}, {y}, {z} in {t}",
            "In {t}, {i} {x}, {y} and {z}", "Let {t} have a row {x}, {y}, {z}",
            "{x}, {y} and {z} go into {t}", "Have {x}, {y}, {z} as a row in {t}",
            "For {t}: {x}, {y} and {z}, {i} them", "Store {x}, {y} and {z} in {t}",
            "Record {x}, {y}, {z} in {t}", "Once you have {x}, {y} and {z}, {i} these into {t}",
            "Add a row to {t}: {x}, {y}, {z}", "Give {t} a row with {x}, {y} and {z}",
        ),
        held=("Write {x}, {y} and {z} into {t}", "{x}, {y}, {z}: {i} this row into {t}"),
        sealed=(
            "Can you {i} {x}, {y} and {z} into {t}?", "I want a row with {x}, {y}, {z} in {t}",
            "Take {x}, {y} and {z} and {i} them into {t}",
        ),
    ),
}  # fmt: skip

PLAIN = (
    ("Who are all our users?", "SELECT * FROM users;"),
    ("movies, the entire list without leaving any out", "SELECT * FROM movies;"),
    ("For each of the books I need author and nothing more", "SELECT author FROM books;"),
    ("What is our headcount? Look at employees", "SELECT COUNT(*) FROM employees;"),
    ("Do we own many cars? A figure will do", "SELECT COUNT(*) FROM cars;"),
    ("Which products have a price beyond 50?", "SELECT * FROM products WHERE price > 50;"),
    ("students who are past age 18", "SELECT * FROM students WHERE age > 18;"),
    ("cars whose price stays short of 20", "SELECT * FROM cars WHERE price < 20;"),
    ("customers whose balance doesn't reach 40", "SELECT * FROM customers WHERE balance < 40;"),
    ("movies rated at precisely 9 in rating", "SELECT * FROM movies WHERE rating = 9;"),
    ("Everybody in grade 7 among the students", "SELECT * FROM students WHERE grade = 7;"),
    ("On average, what salary do employees get?", "SELECT AVG(salary) FROM employees;"),
    ("What score would be typical of users, as a mean?", "SELECT AVG(score) FROM users;"),
    ("How far up does price go in books at most?", "SELECT MAX(price) FROM books;"),
    ("The oldest of our customers has which age?", "SELECT MAX(age) FROM customers;"),
    ("How little can total be in orders? Its very bottom", "SELECT MIN(total) FROM orders;"),
    ("the youngest age seen among students", "SELECT MIN(age) FROM students;"),
    ("Line up the invoices by amount, small ones at the front", "SELECT * FROM invoices ORDER BY amount;"),
    ("employees by salary, best paid at the front", "SELECT * FROM employees ORDER BY salary DESC;"),
    ("5 products will do as a taste", "SELECT * FROM products LIMIT 5;"),
    ("Name every language that books come in, none of them twice", "SELECT DISTINCT language FROM books;"),
    ("Throw out products that have stock under 3", "DELETE FROM products WHERE stock < 3;"),
    ("fruits now has kiwis, limes and figs too", "INSERT INTO fruits VALUES ('kiwis', 'limes', 'figs');"),
    ("tea, milk, cocoa: keep these in drinks", "INSERT INTO drinks VALUES ('tea', 'milk', 'cocoa');"),
)  # fmt: skip


def make(rng: random.Random, split: Split) -> Example:
    """Draw a request and its statement."""
    statement = choose(tuple(WORDINGS), rng)
    fields = {slot: choose(words, rng) for slot, words in SYNONYMS.items()}
    if statement.startswith("INSERT"):
        table = choose(tuple(THINGS), rng)
        fields |= dict(zip("xyz", rng.sample(THINGS[table], 3), strict=True))
    else:
        table = choose(tuple(TABLES), rng)
        words, numbers = TABLES[table]
        fields |= {"w": choose(words, rng), "c": choose(numbers, rng), "n": str(rng.randrange(2, 100))}
    fields["t"] = table
    return Example(say(WORDINGS[statement], split, rng, fields), statement.format(**fields))


TASK = Task(
    "sql",
    "SQL",
    "Writes one SQL statement for a request about one table: reading, filtering, sorting, adding, deleting.",
    make,
    tuple(Example(*pair) for pair in PLAIN),
)
