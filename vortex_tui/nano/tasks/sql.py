"""Requests about a table, answered by one SQL statement."""

from __future__ import annotations

import random

from vortex_tui.nano.tasks.phrasing import choose, vary

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

Phrasings = dict[str, tuple[tuple[str, ...], tuple[str, ...]]]

# statement: (training requests, held-out requests)
PHRASINGS: Phrasings = {
    "SELECT * FROM {t};": (
        ("Show all {t}", "List all {t}", "Select everything from {t}", "SQL for all {t}",
         "Get every row of {t}", "All rows from {t}", "Give me all {t}", "sql: all {t}"),
        ("Display all {t}", "Write SQL that lists all {t}"),
    ),
    "SELECT {w} FROM {t};": (
        ("Show the {w} of all {t}", "List the {w} of {t}", "Select {w} from {t}",
         "SQL for the {w} of all {t}", "Get the {w} of every row in {t}", "{w} of all {t}"),
        ("Give me the {w} of all {t}", "Write SQL for the {w} of {t}"),
    ),
    "SELECT {w}, {v} FROM {t};": (
        ("Show the {w} and {v} of all {t}", "List {w} and {v} of {t}", "Select {w} and {v} from {t}",
         "Get {w} and {v} from {t}", "SQL for {w} and {v} of all {t}"),
        ("Give me {w} and {v} of all {t}",),
    ),
    "SELECT COUNT(*) FROM {t};": (
        ("How many {t} are there?", "Count the {t}", "Count all {t}", "Number of {t}", "SQL to count {t}",
         "Count rows in {t}", "How many rows does {t} have?"),
        ("Write SQL that counts the {t}", "What is the number of {t}?"),
    ),
    "SELECT * FROM {t} WHERE {x} > {n};": (
        ("Show {t} with {x} above {n}", "List {t} with {x} over {n}",
         "Find {t} where {x} is greater than {n}", "{t} with {x} > {n}",
         "Get all {t} with {x} more than {n}", "SQL for {t} with {x} over {n}"),
        ("Find all {t} with {x} above {n}", "Show me {t} where {x} is over {n}"),
    ),
    "SELECT * FROM {t} WHERE {x} < {n};": (
        ("Show {t} with {x} below {n}", "List {t} with {x} under {n}", "Find {t} where {x} is less than {n}",
         "{t} with {x} < {n}", "Get all {t} with {x} less than {n}", "SQL for {t} with {x} under {n}"),
        ("Find all {t} with {x} below {n}",),
    ),
    "SELECT * FROM {t} WHERE {x} = {n};": (
        ("Show {t} with {x} {n}", "List {t} with {x} equal to {n}", "Find {t} where {x} is {n}",
         "{t} with {x} = {n}", "SQL for {t} whose {x} is {n}"),
        ("Find all {t} whose {x} is {n}",),
    ),
    "SELECT AVG({x}) FROM {t};": (
        ("Average {x} of {t}", "What is the average {x} of all {t}?", "Show the mean {x} of {t}",
         "SQL for the average {x} in {t}"),
        ("Give me the average {x} of the {t}",),
    ),
    "SELECT MAX({x}) FROM {t};": (
        ("Highest {x} of {t}", "What is the maximum {x} of all {t}?", "Show the largest {x} in {t}",
         "SQL for the highest {x} in {t}"),
        ("Give me the highest {x} of the {t}",),
    ),
    "SELECT MIN({x}) FROM {t};": (
        ("Lowest {x} of {t}", "What is the minimum {x} of all {t}?", "Show the smallest {x} in {t}",
         "SQL for the lowest {x} in {t}"),
        ("Give me the lowest {x} of the {t}",),
    ),
    "SELECT SUM({x}) FROM {t};": (
        ("Total {x} of {t}", "What is the sum of {x} over all {t}?", "Add up the {x} of all {t}",
         "SQL for the total {x} in {t}"),
        ("Give me the total {x} of the {t}",),
    ),
    "SELECT * FROM {t} ORDER BY {x};": (
        ("Sort {t} by {x}", "List {t} ordered by {x}", "Show all {t} sorted by {x}",
         "SQL for {t} ordered by {x}"),
        ("Show me the {t} ordered by {x}",),
    ),
    "SELECT * FROM {t} ORDER BY {x} DESC;": (
        ("Sort {t} by {x} descending", "List {t} ordered by {x}, highest first",
         "Show all {t} sorted by {x} from high to low", "SQL for {t} by {x} descending"),
        ("Show me the {t} by {x}, highest first",),
    ),
    "SELECT * FROM {t} LIMIT {n};": (
        ("Show the first {n} {t}", "List {n} {t}", "Get {n} rows from {t}", "First {n} rows of {t}",
         "SQL for the first {n} {t}"),
        ("Give me the first {n} {t}",),
    ),
    "SELECT DISTINCT {w} FROM {t};": (
        ("Show the distinct {w} of {t}", "List the different {w} values of {t}", "Unique {w} in {t}",
         "SQL for distinct {w} of {t}"),
        ("Give me the distinct {w} of the {t}",),
    ),
    "SELECT {w}, COUNT(*) FROM {t} GROUP BY {w};": (
        ("Count {t} per {w}", "How many {t} for each {w}?", "Number of {t} by {w}",
         "SQL to count {t} by {w}"),
        ("Count the {t} for each {w}",),
    ),
    "DELETE FROM {t} WHERE {x} < {n};": (
        ("Delete {t} with {x} below {n}", "Remove all {t} with {x} under {n}",
         "Delete {t} where {x} is less than {n}", "SQL to delete {t} with {x} under {n}"),
        ("Delete all {t} with {x} below {n}",),
    ),
}  # fmt: skip


def make(rng: random.Random, train: bool) -> tuple[str, str]:
    """One request and its statement."""
    table = choose(tuple(TABLES), rng)
    words, numbers = TABLES[table]
    first, second = rng.sample(words, 2)
    fields = {"t": table, "w": first, "v": second, "x": choose(numbers, rng), "n": str(rng.randrange(2, 100))}
    statement = choose(tuple(PHRASINGS), rng)
    text = choose(PHRASINGS[statement][0 if train else 1], rng).format(**fields)
    return (vary(text, rng) if train else text), statement.format(**fields)
