"""Requests about files and folders, answered by one POSIX shell command."""

from __future__ import annotations

import random

from vortex_tui.nano.tasks.phrasing import Split, Wordings, choose, say
from vortex_tui.nano.tasks.task import Example, Task

STEMS = (
    "notes", "report", "draft", "budget", "server", "story", "main", "names", "setup", "todo", "invoice",
    "index", "diary", "users", "worker", "plan", "letter", "poem", "recipe", "backup", "data", "config",
    "error", "access", "orders", "prices", "summary", "thesis", "chapter", "script", "test", "build",
    "deploy", "client", "parser", "model", "readme", "license", "agenda", "guests", "songs", "books",
    "stock", "scores", "results", "sample", "input", "output", "cache", "session", "events", "tasks",
    "contacts", "album", "menu", "map", "novel", "essay", "memo", "list",
)  # fmt: skip
EXTENSIONS = ("txt", "md", "csv", "log", "py", "sh", "json", "html", "xml", "yaml", "ini", "js")
FOLDERS = (
    "photos", "projects", "docs", "music", "downloads", "archive", "videos", "pictures", "src", "tests",
    "scripts", "assets", "fonts", "games", "work", "school", "home", "letters", "recipes", "reports",
    "invoices", "logs", "temp", "tools", "lib", "bin", "public", "private", "static", "themes", "plugins",
    "modules", "models", "images", "icons", "sounds", "travel", "family", "taxes", "mail", "drafts",
    "papers", "samples", "results", "backups", "clients", "server", "website", "library", "garden",
)  # fmt: skip
WORDS = (
    "error", "warning", "paris", "london", "apple", "total", "failed", "timeout", "import", "return",
    "alice", "bob", "monday", "friday", "summer", "winter", "price", "urgent", "done", "open", "closed",
    "password", "admin", "guest", "blue", "green", "coffee", "sugar", "train", "ticket", "hotel", "doctor",
    "school", "music", "garden", "river", "north", "south", "yes", "never", "always", "hello", "goodbye",
    "secret", "token", "login", "logout", "update", "version", "release", "debug", "fatal", "null", "true",
    "false", "email", "phone", "street", "market", "bridge",
)  # fmt: skip

# slot: words that mean the same
SYNONYMS: dict[str, tuple[str, ...]] = {
    "o": ("folder", "directory"),
    "p": ("first", "top", "initial"),
    "q": ("last", "final", "bottom"),
    "r": ("delete", "remove", "erase"),
    "s": ("containing", "with", "that contain", "that mention", "that include"),
    "k": ("alphabetically", "in alphabetical order", "from a to z"),
    "v": ("show", "print", "display"),
}

# command: its requests
WORDINGS: dict[str, Wordings] = {
    "ls -la {d}": Wordings(
        open=(
            "List all files in {d}, even hidden ones", "{v} everything in {d} with details",
            "All files in {d}, hidden ones too", "List the {o} {d} in full detail", "ls for {d}, all details",
            "What is in the {o} {d}, including hidden files?", "{v} the files of {d} with their details",
            "Command to list {d}, hidden files included", "List {d} with permissions and hidden files",
            "Hi, I lost something: {v} all the files in the {o} {d}, with details",
            "Return every file in {d}, hidden ones as well",
            "I would like to see what {d} holds, hidden files too",
            "We need the detailed list of the {o} {d}", "In {d}, {v} all files with details",
            "Look inside {d}: all files, with details", "For {d}, list all files and their permissions",
            "Which hidden and other files are in {d}?", "{d}, all of it, with details and hidden files",
            "Inside the {o} {d}, every file even if hidden", "May I see all files in {d}, also hidden ones?",
            "{d} holds which files? Hidden ones too", "{d} is the {o} whose files I want in detail",
            "{d}, with every hidden file, in detail",
        ),
        held=("Which files are in {d}, hidden ones too?", "{v} a detailed list of {d}"),
        sealed=(
            "Can you list what is in {d}, hidden files included?",
            "I want to see all the files of the {o} {d} with details", "{d}: all its files, hidden ones too",
        ),
    ),
    "cat {f}": Wordings(
        open=(
            "{v} {f}", "{v} the contents of {f}", "{v} the file {f}", "What is in {f}?", "{v} all of {f}",
            "Command to {v} {f}", "Read {f}", "{v} me what {f} says", "the contents of {f}",
            "My boss sent me {f}, so {v} what is in it", "cat the file {f}", "{v} the text in {f}",
            "Return the contents of {f}", "I would like to see {f}", "We need the text of {f}",
            "Open {f} and {v} it", "{f}: {v} it", "Completely {v} {f}", "Which text is in {f}?",
            "May I see {f}?", "{v} what {f} contains", "In {f}, what is there?", "{f}, the whole text",
            "Look into {f}",
            "{f} contains what?", "{f} is the file to {v}", "{f} has which text?",
        ),
        held=("{v} the whole file {f}", "What are the contents of {f}?"),
        sealed=("Can you {v} what is in {f}?", "I want to read {f}", "What does {f} say?"),
    ),
    "rm {f}": Wordings(
        open=(
            "{r} {f}", "{r} the file {f}", "Command to {r} {f}", "Get rid of {f}", "We can {r} {f} now",
            "I no longer need {f}, so {r} it", "How do I {r} {f}?", "{f}: {r} it", "Throw {f} away",
            "Before lunch, would you {r} the file {f}, thanks", "rm the file {f}",
            "I would like to {r} {f}", "We need to {r} {f}", "{f} can go", "Nobody needs {f}; {r} it",
            "From here, {r} {f}", "May I {r} {f}?", "Let {f} be gone", "{f} is old, {r} it",
            "Go and {r} {f}", "{f} has to go: {r} it",
            "{f} is the file to {r}", "{f} is no longer needed", "{f} should be gone",
        ),
        held=("{r} my file {f}", "{f} should go, {r} it"),
        sealed=("Can you {r} {f} for me?", "I want to {r} the file {f}", "Get {f} out of here: {r} it"),
    ),
    "mkdir {d}": Wordings(
        open=(
            "Create a {o} called {d}", "Make a {o} named {d}", "Create the {o} {d}", "New {o} {d}",
            "Make a new {o} {d}", "Command to create a {o} {d}", "I need a {o} called {d}", "mkdir for {d}",
            "Add a {o} {d}", "A new {o} with the name {d}", "Add a new {o} called {d}",
            "For the report, create a new {o} {d} and that is all",
            "I would like a {o} {d}", "We need a new {o} {d}", "Let there be a {o} called {d}",
            "{d}: make this {o}", "Start a {o} named {d}", "May I have a {o} {d}?",
            "Here, create {d} as a {o}", "A {o} {d} should exist, make it", "Call a new {o} {d}",
            "{d} as a new {o}", "The new {o} is called {d}",
            "{d} is a {o} that I still need", "{d} should become a new {o}",
            "{d} is what the new {o} is called",
        ),
        held=("Make the {o} {d}", "Set up a new {o} called {d}"),
        sealed=(
            "Can you create a new {o} named {d}?", "I want to have a new {o} called {d}",
            "{d} is the name of the {o} to create",
        ),
    ),
    "cp {f} {g}": Wordings(
        open=(
            "Copy {f} to {g}", "Copy the file {f} to {g}", "Make a copy of {f} called {g}", "copy {f} {g}",
            "Command to copy {f} to {g}", "Copy {f} as {g}", "Duplicate {f} as {g}", "a copy of {f} as {g}",
            "A copy of {f} with the name {g}", "How do I copy {f} to {g}?", "Save a copy of {f} as {g}",
            "Just to be safe, copy the file {f} to {g} before we go on",
            "I would like {f} copied to {g}", "We need {f} also as {g}", "{f}: copy it to {g}",
            "From {f} make a copy {g}", "To {g}, copy {f}", "May I have {f} copied as {g}?",
            "Let {g} be a copy of {f}", "As {g}, save a copy of {f}", "Take {f} and copy it to {g}",
            "{g} is a copy of {f}, make it", "Put a copy of {f} in {g}",
            "{f} is to be copied to {g}", "{f} should also exist as {g}", "Can {f} be copied to {g}?",
            "Into {g}, copy {f}",
        ),
        held=("Create a copy of {f} named {g}", "Make {g} a copy of {f}"),
        sealed=(
            "Can you copy {f} into {g}?", "I want a copy of {f} named {g}", "{g} should be a copy of {f}",
        ),
    ),
    "mv {f} {g}": Wordings(
        open=(
            "Rename {f} to {g}", "Rename the file {f} to {g}", "Move {f} to {g}", "rename {f} {g}",
            "Command to rename {f} to {g}", "Rename {f} as {g}", "Change the name of {f} to {g}",
            "Give {f} the new name {g}", "How do I rename {f} to {g}?", "the new name of {f} is {g}",
            "My friend hates that name, so rename {f} to {g}, ok", "Move the file {f} to {g}",
            "I would like {f} renamed to {g}", "We need {f} to be called {g}", "{f}: rename it to {g}",
            "From {f} to {g}, rename the file", "To {g}, rename {f}", "May I rename {f} to {g}?",
            "Let {f} be named {g}", "Take {f} and rename it {g}", "The file {f} gets the name {g}",
            "{g} is the name that {f} gets", "Call {f} {g} from now on",
            "{f} is to be renamed to {g}", "{f} should be called {g}", "{g} is the name I want for {f}",
            "Can {f} be called {g}?",
        ),
        held=("Give the file {f} the name {g}", "Change the name {f} into {g}"),
        sealed=(
            "Can you rename {f} to {g}?", "I want to rename the file {f} to {g}",
            "{g} should be the new name of {f}",
        ),
    ),
    "head -n {n} {f}": Wordings(
        open=(
            "{v} the {p} {n} lines of {f}", "The {p} {n} lines of {f}", "{p} {n} lines of {f}",
            "{v} {n} lines from the start of {f}", "Command for {p} {n} lines of {f}", "{f}: {p} {n} lines",
            "Get the {p} {n} lines of {f}", "What are the {p} {n} lines in {f}?", "head of {f}, {n} lines",
            "I have no time to read it all: {v} the {p} {n} lines of {f}",
            "I would like the {p} {n} lines of {f}", "We need {n} lines from the start of {f}",
            "In {f}, the {p} {n} lines", "Of {f}, {v} the {p} {n} lines", "For {f}, {n} lines from the top",
            "The start of {f}, {n} lines of it", "May I see the {p} {n} lines of {f}?",
            "Return the {p} {n} lines in {f}", "Only {n} lines from the top of {f}",
            "{n} lines at the start of {f}",
            "{f} starts with which {n} lines?", "{n} lines, the {p} ones, of {f}",
        ),
        held=("Give me the {p} {n} lines of {f}", "{v} {f}, only the {p} {n} lines"),
        sealed=(
            "Can I see the {p} {n} lines in {f}?", "I need only the {p} {n} lines of the file {f}",
            "From {f} take the {p} {n} lines",
        ),
    ),
    "tail -n {n} {f}": Wordings(
        open=(
            "{v} the {q} {n} lines of {f}", "The {q} {n} lines of {f}", "{q} {n} lines of {f}",
            "{v} {n} lines from the end of {f}", "Command for {q} {n} lines of {f}", "{f}: {q} {n} lines",
            "Get the {q} {n} lines of {f}", "What are the {q} {n} lines in {f}?", "tail of {f}, {n} lines",
            "Something broke at night, so {v} the {q} {n} lines of {f}",
            "I would like the {q} {n} lines of {f}", "We need {n} lines from the end of {f}",
            "In {f}, the {q} {n} lines", "Of {f}, {v} the {q} {n} lines",
            "For {f}, {n} lines from the bottom", "The end of {f}, {n} lines of it",
            "May I see the {q} {n} lines of {f}?", "Return the {q} {n} lines in {f}",
            "Only {n} lines from the bottom of {f}", "{n} lines at the end of {f}",
            "{f} stops with which {n} lines?", "{n} lines, the {q} ones, of {f}",
        ),
        held=("Give me the {q} {n} lines of {f}", "{v} {f}, only the {q} {n} lines"),
        sealed=(
            "Can I see the {q} {n} lines in {f}?", "I need only the {q} {n} lines of the file {f}",
            "From {f} take the {q} {n} lines",
        ),
    ),
    "wc -l {f}": Wordings(
        open=(
            "Count the lines of {f}", "Count lines in {f}", "How many lines does {f} have?",
            "Number of lines in {f}", "The number of lines of {f}", "How many lines are in {f}?",
            "Command to count the lines in {f}", "line count of {f}", "{f}: how many lines?",
            "Somebody asked how many lines the file {f} has, so count them", "Get the line count of {f}",
            "I would like the number of lines in {f}", "We need a line count for {f}",
            "In {f}, how many lines are there?", "Of {f}, the number of lines", "{f}: count its lines",
            "Return how many lines {f} has", "For {f}, count the lines", "Lines in {f}, how many?",
            "May I know how many lines {f} has?", "How long is {f}, in lines?",
            "{f} has how many lines?", "{f} is how many lines long?",
        ),
        held=("What is the number of lines in {f}?", "Count all lines of the file {f}"),
        sealed=(
            "Can you count how many lines {f} has?", "I need the number of lines in the file {f}",
            "Tell me how many lines there are in {f}",
        ),
    ),
    "grep {w} {f}": Wordings(
        open=(
            "{v} lines {s} {w} in {f}", "Find {w} in {f}", "Search {f} for {w}", "Search for {w} in {f}",
            "The lines of {f} {s} {w}", "{v} the lines {s} {w} in {f}", "Look for {w} in {f}",
            "Command to find {w} in {f}", "Which lines in {f} contain {w}?", "lines {s} {w} in {f}",
            "Where does {w} occur in {f}?", "Sorry to ask again, but find the lines {s} {w} in {f}",
            "I would like lines {s} {w} in {f}", "We need every line of {f} {s} {w}", "In {f}, find {w}",
            "In {f}, which lines have {w}?", "From {f}, the lines {s} {w}", "{f}: lines {s} {w}",
            "Return the lines of {f} where {w} occurs", "For {w}, search {f}",
            "Is {w} in {f}? {v} the lines", "Does {f} mention {w}? Search it", "Any lines of {f} {s} {w}?",
            "{w} in {f}, find it",
            "{w} is what I look for in {f}", "{f} has which lines {s} {w}?",
            "All the lines {s} {w}, taken from {f}",
        ),
        held=("Find the lines of {f} {s} {w}", "Search the file {f} for {w}"),
        sealed=(
            "Can you find {w} in the file {f}?", "I want the lines {s} {w} from {f}",
            "In {f}, look for the lines {s} {w}",
        ),
    ),
    "sort {f}": Wordings(
        open=(
            "Sort {f}", "Sort the lines of {f}", "{v} {f} sorted", "{v} the lines of {f} {k}",
            "Sort {f} {k}", "The lines of {f} {k}", "Command to sort {f}", "{v} the sorted lines of {f}",
            "Put the lines of {f} in order", "{f}, sorted {k}", "Sort the file {f} {k}", "{v} {f} {k}",
            "It looks like a mess, so sort the lines of {f} {k}, thanks",
            "I would like {f} in order, {k}", "We need the lines of {f} sorted", "{f}: sort it {k}",
            "Of {f}, the lines in order {k}", "Return {f} sorted {k}", "Let the lines of {f} be sorted",
            "In order, {k}: the lines of {f}", "For {f}, sort all lines", "May I have {f} sorted {k}?",
            "Take {f} and sort it",
            "{f} is to be sorted {k}", "{f} should have its lines in order",
        ),
        held=("Order the lines of {f} {k}", "Get the lines of {f} sorted"),
        sealed=(
            "Can you sort the lines in {f} {k}?", "I want {f} sorted {k}", "{v} {f} with its lines {k}",
        ),
    ),
    "chmod +x {f}": Wordings(
        open=(
            "Make {f} executable", "Make the file {f} executable", "Allow {f} to be executed",
            "Command to make {f} executable", "Set {f} executable", "Turn {f} into an executable file",
            "Give {f} execute permission", "{f} should be executable", "Add execute permission to {f}",
            "I can't run it, so make {f} executable for me", "How do I make {f} executable?",
            "I would like to execute {f}", "We need {f} executable", "{f}: make it executable",
            "Let {f} be executable", "Change {f} so that it can be executed",
            "For {f}, set the execute permission", "{f} must be executable",
            "It should be possible to execute {f}", "May I execute {f}? Allow it",
            "Permission to run {f}, set it", "Turn on execution for {f}",
            "{f} is to be executable", "{f} needs execute permission",
        ),
        held=("Mark {f} as executable", "Give the file {f} permission to execute"),
        sealed=(
            "Can you make the file {f} executable?", "I want {f} to be executable",
            "Add permission to execute {f}",
        ),
    ),
    "touch {f}": Wordings(
        open=(
            "Create an empty file {f}", "Create the file {f}", "Make an empty file called {f}",
            "Make a new file {f}", "New empty file {f}", "Command to create an empty file {f}",
            "I need an empty file called {f}", "Create a file named {f}", "an empty file with the name {f}",
            "Before we begin, create an empty file {f}, nothing else", "Add an empty file {f}",
            "I would like an empty file {f}", "We need a new file {f}", "{f}: create it empty",
            "Let there be an empty file {f}", "Start an empty file named {f}",
            "May I have an empty file {f}?", "Here, create {f} as an empty file", "{f} as a new empty file",
            "The new file is called {f}, create it", "An empty file {f} should exist, make it",
            "Call a new empty file {f}",
            "{f} is the empty file I need", "{f} should be created, empty",
            "{f} is what the new empty file is called",
        ),
        held=("Make the file {f}", "Set up an empty file named {f}"),
        sealed=(
            "Can you create a new file called {f}?", "I want to have an empty file {f}",
            "{f} is the name of the empty file to create",
        ),
    ),
    "find {d} -name '*.{e}'": Wordings(
        open=(
            "Find all {e} files in {d}", "Find every .{e} file in {d}", "Find files ending in .{e} in {d}",
            "Search {d} for {e} files", "Search the {o} {d} for .{e} files", "All .{e} files under {d}",
            "Command to find {e} files in {d}", "Look for .{e} files in {d}", "Where are {e} files in {d}?",
            "Find the files under {d} that end in .{e}", "{e} files in the {o} {d}",
            "My laptop is full of them: find the .{e} files in the {o} {d}",
            "I would like every {e} file in {d}", "We need all files under {d} that end in .{e}",
            "In {d}, find the {e} files", "Under {d}, which files end in .{e}?", "{d}: all .{e} files in it",
            "Return the .{e} files under {d}", "From {d}, the files ending in .{e}",
            "Are there {e} files in {d}? Find them", "With the ending .{e}, find files in {d}",
            "Which .{e} files does {d} have?", "Inside the {o} {d}, look for every {e} file",
            "{d} has which files ending in .{e}?", "{e} files are what I look for in {d}",
        ),
        held=("Find any {e} files under {d}", "Look in {d} for files ending in .{e}"),
        sealed=(
            "Can you find the .{e} files in {d}?", "I want all files in {d} that end in .{e}",
            "In the {o} {d}, look for {e} files",
        ),
    ),
    "du -sh {d}": Wordings(
        open=(
            "How big is the {o} {d}?", "Size of {d}", "{v} the size of {d}", "The total size of {d}",
            "How much space does {d} use?", "How much disk space does the {o} {d} take?",
            "Command for the size of {d}", "Disk usage of {d}", "{v} the disk usage of the {o} {d}",
            "What is the size of the {o} {d}?", "How large is {d}?",
            "The disk is almost full, so {v} the size of {d} please",
            "I would like the size of {d}", "We need to know how big {d} is", "{d}: how big?",
            "In total, how large is {d}?", "Return the total size of {d}",
            "For the {o} {d}, {v} the disk usage", "What space does {d} use on disk?",
            "How heavy is the {o} {d}?", "{d}, its size please", "May I know the size of the {o} {d}?",
            "The disk space of {d}",
            "{d} is how big?", "{d} uses how much disk?", "{d} has which size?",
        ),
        held=("Get the total size of the {o} {d}", "How much disk space does {d} use?"),
        sealed=(
            "Can you tell me how big {d} is?", "I need the size of the {o} {d}", "{d} takes how much space?",
        ),
    ),
    "cd {d}": Wordings(
        open=(
            "Go to {d}", "Go to the {o} {d}", "Change to {d}", "Change to the {o} {d}", "Go into {d}",
            "Change {o} to {d}", "Command to go to {d}", "Switch to the {o} {d}", "Enter the {o} {d}",
            "Move into the {o} {d}", "How do I get into {d}?", "Switch to {d}",
            "We are done here, so go to the {o} {d}, ok",
            "I would like to go to {d}", "We need to be in {d}", "{d}: go there", "Let us go into {d}",
            "Take me to {d}", "Bring me into the {o} {d}", "Into the {o} {d}, please", "Now change into {d}",
            "From here, go to {d}", "Work in {d} from now on", "Jump to {d}", "Make {d} the current {o}",
            "{d} is where I want to go", "{d} is the place to be now", "{d} should be the current {o}",
        ),
        held=("Enter {d}", "Switch into the {o} {d}"),
        sealed=("Can we go into the {o} {d}?", "I want to be in {d}", "{d} is the {o} to go to"),
    ),
}  # fmt: skip

PLAIN = (
    ("What's written inside notes.txt?", "cat notes.txt"),
    ("Let me look over poem.md from start to end", "cat poem.md"),
    ("draft.md is rubbish and can be thrown out", "rm draft.md"),
    ("Destroy cache.json", "rm cache.json"),
    ("photos doesn't exist yet as a folder; please change that", "mkdir photos"),
    ("I need somewhere to keep old papers: a fresh folder by the name of archive", "mkdir archive"),
    ("Keep report.csv and have the same thing again under backup.csv", "cp report.csv backup.csv"),
    ("Clone index.html; the clone is called sample.html", "cp index.html sample.html"),
    ("budget.csv shall be known as plan.csv from today", "mv budget.csv plan.csv"),
    ("I misnamed thesis.txt, it ought to be essay.txt", "mv thesis.txt essay.txt"),
    ("How does server.log begin? 12 lines are enough", "head -n 12 server.log"),
    ("How does story.txt end? 20 lines are enough", "tail -n 20 story.txt"),
    ("the closing 5 lines of diary.txt", "tail -n 5 diary.txt"),
    ("How long is main.py, measured in lines?", "wc -l main.py"),
    ("Does access.log say timeout anywhere? Which lines?", "grep timeout access.log"),
    ("Pick out of users.csv whatever line has paris in it", "grep paris users.csv"),
    ("names.csv arranged by the alphabet", "sort names.csv"),
    ("setup.sh won't run as a program; give it the right to", "chmod +x setup.sh"),
    ("Start a blank file, todo.md, with nothing in it", "touch todo.md"),
    ("Anything ending in .json hiding below config?", "find config -name '*.json'"),
    ("Is music heavy? Its weight on the disk", "du -sh music"),
    ("From here on let's work inside docs", "cd docs"),
    ("Take me to projects", "cd projects"),
    ("Which things live in downloads, hidden ones and owners as well?", "ls -la downloads"),
)  # fmt: skip


def make(rng: random.Random, split: Split) -> Example:
    """Draw a request and its command."""
    command = choose(tuple(WORDINGS), rng)
    first, second = rng.sample(STEMS, 2)
    fields = {slot: choose(words, rng) for slot, words in SYNONYMS.items()} | {
        "f": f"{first}.{choose(EXTENSIONS, rng)}",
        "g": f"{second}.{choose(EXTENSIONS, rng)}",
        "d": choose(FOLDERS, rng),
        "e": choose(EXTENSIONS, rng),
        "w": choose(WORDS, rng),
        "n": str(rng.randrange(1, 100)),
    }
    return Example(say(WORDINGS[command], split, rng, fields), command.format(**fields))


TASK = Task(
    "shell",
    "Shell",
    "Writes one shell command on files or folders: list, show, copy, rename, delete, search, count, sort.",
    make,
    tuple(Example(*pair) for pair in PLAIN),
)
