"""A sentence about a person as a JSON object, or an enumeration as a JSON array."""

from __future__ import annotations

import json
import random

from vortex_tui.nano.tasks.phrasing import Split, Wordings, choose, say
from vortex_tui.nano.tasks.task import Example, Task

WORDINGS = {
    "object": Wordings(
        open=(
            "{n} is {a} and lives in {c}, as JSON", "Write as JSON: {n} is {a} and lives in {c}",
            "JSON: {n}, {a}, {c}", "{n}, {a}, {c} as JSON", "{n} is {a} years old and lives in {c}. JSON?",
            "Turn into an object: {n} is {a} and comes from {c}", "JSON object for {n}, {a}, from {c}",
            "Make a JSON object: {n}, aged {a}, lives in {c}.", "Convert to JSON: {n} ({a}) from {c}",
            "Write an object with name {n}, age {a} and city {c}", "name {n} age {a} city {c}",
            "name={n}, age={a}, city={c} to JSON", "Give me JSON for {n}, who is {a} and lives in {c}",
            "{n}'s age is {a} and the city is {c}; write that as JSON", "Make a record of {n}, {a}, in {c}",
            "Express as an object: name: {n}, age: {a}, city: {c}", "record: {n} / {a} / {c}",
            "What is the JSON for {n}, {a} years old, from {c}?", "Put {n}, {a}, {c} in a JSON object",
            "Describe {n} in JSON, age {a}, from {c}", "{n} turned {a} and moved to {c}. Write JSON.",
            "How do you write {n}, aged {a}, of {c} in JSON?", "json of {n} {a} {c}",
            "A person named {n}, {a}, living in {c}, as a JSON object", "Key-value pairs for {n}, {a}, {c}",
            "Show the object for our customer {n}, {a}, from {c}", "{n} is {a}. {n} lives in {c}. To JSON",
            "Translate to JSON: my friend {n} is {a} and works in {c}",
            "Save {n}, age {a}, from {c}", "Log {n}, {a}, {c}", "Note down: {n}, aged {a}, {c}",
            "Keep {n} ({a}, {c}) as an object", "Store {n}, {a} years old, of {c}",
            "Post {n}, {a}, {c} as JSON", "Record {n}, age {a}, who stays near {c}", "Format {n}, {a}, {c}",
            "Our guest {n} is {a} and studied in {c}", "My brother {n} is {a}, raised in {c}",
            "I know {n}, who is {a} and grew up in {c}. JSON", "Yesterday {n} from {c} turned {a}",
            "The pilot {n}, {a}, flies from {c}", "student {n} aged {a} in {c}, as data",
            "In {c} lives {n}, who is {a}", "Structure this: {n}, {a}, {c}",
            "Pack {n}, {a} and {c} into an object", "Take {n}, {a}, {c} and make it an object",
            "Mister {n} has been {a} since May, in {c}", "Draft an object: {n}, with {a} years, at {c}",
            "{k} {n}, {a}, {c}", "{k} {n}, aged {a}, from {c}", "{k} {n}, {a} years old, of {c}",
            "{k} an object: {n} is {a} and comes from {c}", "{k} JSON for {n}, {a}, living in {c}",
            "{k} this as JSON: {n} is {a} and lives in {c}", "{o} {y} {n}, who is {a} and from {c}",
            "{o} met {n}, aged {a}, in {c}. As JSON", "Today {o} {y} {n} ({a}) of {c}",
            "{k} a record. {n}, {a}, {c}",
        ),
        held=(
            "Return JSON: {n}, who is {a}, lives in {c}", "Get a JSON record from: {n} is {a}, home is {c}",
            "{n} has lived {a} years, all in {c}. As an object?", "Object: {n}; {a}; {c}",
            "Tell me the JSON of {n}, {a}, based in {c}", "name, age and city: {n}, {a}, {c}",
            "Change this to JSON: {n} is {a} years old, in {c}",
        ),
        sealed=(
            "Could you build a JSON object from this: {n} is {a} and lives in {c}?",
            "Encode {n}, age {a}, living in {c}", "I need {n} ({a}, {c}) as JSON",
            "Parse into JSON: {n}, {a} years old, resident of {c}", "Serialise {n}, aged {a}, from {c}",
            "What would a JSON record for {n}, {a}, of {c} look like?",
            "Extract name, age and city: I met {n}, who is {a} and was born in {c}",
            "My neighbour {n} is {a} and studies in {c}, please store that as JSON",
            "new user {n}, {a} years, city of {c}, JSON body please", "{n} | {a} | {c} -> JSON",
        ),
    ),
    "array": Wordings(
        open=(
            "Make a JSON array of {l}", "JSON array: {l}", "{l} as a JSON array", "{l} as JSON",
            "Write {l} as a JSON list", "Convert to a JSON array: {l}", "Convert {l} to JSON",
            "Turn into an array: {l}", "Turn {l} into a JSON array", "Turn into a list of strings: {l}",
            "A JSON list of {l}", "List {l} as JSON", "Give me {l} in JSON", "What is {l} as a JSON array?",
            "How do you write {l} as a JSON list?", "Put {l} in an array", "Put {l} in a JSON list.",
            "Array of strings: {l}", "array {l}", "list: {l}", "{l} in brackets and quotes",
            "Express as an array: {l}", "We sell {l}. Write that as JSON.", "Show {l} as an array",
            "I bought {l}; list them in JSON", "Translate into JSON: {l}", "JSON for {l}", "{l} to an array",
            "Write the shopping list as JSON: {l}",
            "Save {l}", "Log {l}", "Store {l} as strings", "Format {l}", "Pack {l} into an array",
            "My bag has {l}, as JSON please", "The shop sells {l}; JSON", "In the box: {l}",
            "Our garden has {l}, write that as JSON", "This shelf carries {l}", "Note down {l}",
            "{l}, as strings", "The drawer keeps {l}, as an array", "He collects {l}; to JSON",
            "Structure this: {l}", "They ordered {l}", "Take {l} and make it an array",
            "Draft an array: {l}", "Any list with {l}?", "The picture shows {l}, so give JSON",
            "{k} {l}", "{k} {l}.", "{k} this: {l}", "{k} an array: {l}", "{k} JSON for {l}", "{o} {y} {l}",
            "{o} {y} {l}, write JSON", "{o} {y} {l}. As an array", "Today {o} {y} {l}; JSON?",
            "{k} what {o} {y}: {l}",
        ),
        held=(
            "Return {l} as an array", "Get a JSON list from: {l}", "Change {l} to a JSON array",
            "There are {l}. As a list?", "Strings in brackets: {l}", "Tell me the JSON of {l}",
            "Display as a JSON array: {l}",
        ),
        sealed=(
            "Could you build a JSON array from this: {l}?", "Encode {l}", "I need {l} as a list in JSON",
            "Parse into an array: {l}", "Serialise {l}", "What would {l} look like as JSON?",
            "My basket holds {l}, please store that as JSON", "{l} -> JSON array",
            "Which JSON array contains {l}?", "split this up into an array... {l}",
        ),
    ),
}  # fmt: skip

PLAIN = (
    ("For the API: Ada is 36 and lives in Paris", '{"name": "Ada", "age": 36, "city": "Paris"}'),
    ("Structured data for apples, pears and plums", '["apples", "pears", "plums"]'),
    ("Oscar, 52, from Oslo, for my JavaScript code", '{"name": "Oscar", "age": 52, "city": "Oslo"}'),
    ("Quote each one: chairs, tables", '["chairs", "tables"]'),
    ("I met Clara, 24, in Madrid. Save her for the web app",
     '{"name": "Clara", "age": 24, "city": "Madrid"}'),
    ("My config file should hold spoons; forks; knives", '["spoons", "forks", "knives"]'),
    ("Who is Hugo? He is 7 and lives in Lisbon. Make it machine-readable",
     '{"name": "Hugo", "age": 7, "city": "Lisbon"}'),
    ("at the zoo: lions, tigers, bears and wolves, ready for a program",
     '["lions", "tigers", "bears", "wolves"]'),
    ("Send Nina to the server, she's 41 and her home is Vienna",
     '{"name": "Nina", "age": 41, "city": "Vienna"}'),
    ("How would JavaScript hold boats and trains?", '["boats", "trains"]'),
    ("name, age, city of the winner: Felix, 19, Berlin", '{"name": "Felix", "age": 19, "city": "Berlin"}'),
    ("Collect hats, coats, scarves", '["hats", "coats", "scarves"]'),
    ("Register Emma (63, Dublin)", '{"name": "Emma", "age": 63, "city": "Dublin"}'),
    ("a sequence of strings please, namely roses and tulips and daisies", '["roses", "tulips", "daisies"]'),
    ("Old Walter turned 88 last week in Boston; one record",
     '{"name": "Walter", "age": 88, "city": "Boston"}'),
    ("She packed books, pens, lamps, and maps; the payload is", '["books", "pens", "lamps", "maps"]'),
    ("Fill in the profile of Maria, aged 30, of Rome", '{"name": "Maria", "age": 30, "city": "Rome"}'),
    ("drums; violins; flutes, how does a script see these?", '["drums", "violins", "flutes"]'),
    ("Key by key, Simon is 15 and goes to school in Geneva",
     '{"name": "Simon", "age": 15, "city": "Geneva"}'),
    ("Double quotes around each, a comma between: cookies and cakes", '["cookies", "cakes"]'),
    ("The form reads Lucy, then 27, then Tokyo. Post it", '{"name": "Lucy", "age": 27, "city": "Tokyo"}'),
    ("stones bricks tiles for a request body", '["stones", "bricks", "tiles"]'),
    ("We hired Peter, 45 years old, in Prague: structured, please",
     '{"name": "Peter", "age": 45, "city": "Prague"}'),
    ("What goes in the file when the garden has bees, ants and snails?", '["bees", "ants", "snails"]'),
)  # fmt: skip

NAMES = (
    "Ada", "Adam", "Alan", "Alice", "Amir", "Anna", "Anton", "Aria", "Ben", "Bella", "Boris", "Bruno",
    "Carl", "Carmen", "Chloe", "Clara", "Dana", "Daniel", "David", "Diana", "Edgar", "Elena", "Eli", "Ella",
    "Emil", "Emma", "Eric", "Eva", "Farah", "Felix", "Fiona", "Frank", "Fred", "Greta", "Hana", "Hannah",
    "Hassan", "Helen", "Henry", "Hugo", "Ida", "Igor", "Irene", "Ivan", "Jack", "Jane", "Jonas", "Julia",
    "Kai", "Karen", "Kate", "Laura", "Leo", "Lily", "Linda", "Louis", "Lucy", "Luke", "Maria", "Martin",
    "Max", "Mia", "Mina", "Nadia", "Nina", "Noah", "Nora", "Olga", "Oscar", "Otto", "Pablo", "Paula",
    "Peter", "Petra", "Ravi", "Rosa", "Ruth", "Sam", "Sara", "Simon", "Sofia", "Stella", "Tara", "Tim",
    "Tom", "Vera", "Victor", "Walter", "Yara", "Yusuf", "Zara", "Zoe",
)  # fmt: skip
CITIES = (
    "Amsterdam", "Ankara", "Athens", "Baghdad", "Bangkok", "Barcelona", "Beijing", "Belgrade", "Berlin",
    "Bogota", "Bonn", "Boston", "Brussels", "Budapest", "Cairo", "Chicago", "Copenhagen", "Dakar", "Dallas",
    "Delhi", "Denver", "Dubai", "Dublin", "Geneva", "Glasgow", "Hamburg", "Hanoi", "Havana", "Helsinki",
    "Istanbul", "Jakarta", "Kabul", "Karachi", "Kyoto", "Lagos", "Leeds", "Lima", "Lisbon", "London", "Lyon",
    "Madrid", "Manila", "Miami", "Milan", "Montreal", "Moscow", "Mumbai", "Munich", "Nairobi", "Naples",
    "Osaka", "Oslo", "Oxford", "Paris", "Perth", "Porto", "Prague", "Quito", "Riga", "Rome", "Seattle",
    "Seoul", "Seville", "Stockholm", "Tallinn", "Tokyo", "Toronto", "Tunis", "Turin", "Venice",
    "Vienna", "Vilnius", "Warsaw", "Zurich",
)  # fmt: skip
NOUNS = (
    "apples", "pears", "plums", "grapes", "lemons", "melons", "peaches", "cherries", "berries", "bananas",
    "carrots", "onions", "potatoes", "tomatoes", "beans", "nuts", "eggs", "cakes", "cookies", "pies",
    "cats", "dogs", "birds", "horses", "cows", "pigs", "goats", "ducks", "bees", "ants", "snails", "frogs",
    "lions", "tigers", "bears", "wolves", "foxes", "rabbits", "whales", "sharks", "owls", "crabs", "spiders",
    "chairs", "tables", "lamps", "beds", "sofas", "shelves", "mirrors", "carpets", "curtains", "clocks",
    "spoons", "forks", "knives", "plates", "cups", "bowls", "bottles", "pans", "jars", "books", "pens",
    "pencils", "maps", "stamps", "envelopes", "folders", "scissors", "rulers", "erasers", "hats", "coats",
    "scarves", "shoes", "socks", "shirts", "gloves", "belts", "rings", "boots", "cars", "trucks", "boats",
    "trains", "planes", "bikes", "buses", "ships", "rockets", "wheels", "roses", "tulips", "daisies", "trees",
    "leaves", "seeds", "rivers", "lakes", "mountains", "islands", "clouds", "stars", "planets", "stones",
    "bricks", "tiles", "nails", "hammers", "screws", "ropes", "ladders", "drums", "violins", "flutes",
    "guitars", "pianos", "trumpets", "balls", "dolls", "kites", "puzzles",
)  # fmt: skip

# Words beside the arguments that could be taken for them: capitalised ones, and such that end like a plural.
DISTRACTORS = {
    "k": (
        "Build", "Compile", "Compose", "Craft", "Create", "Define", "Describe", "Design", "Dump", "Emit",
        "Enter", "Export", "Generate", "Include", "Insert", "Issue", "Load", "Model", "Output", "Outline",
        "Prepare", "Present", "Process", "Produce", "Push", "Render", "Report", "Represent", "Send",
        "Submit", "Supply", "Transmit", "Upload", "Wrap", "Now", "Also", "Finally", "Then", "Next",
    ),
    "o": (
        "The shop", "Our school", "My uncle", "Grandma", "The museum", "This picture", "That truck", "She",
        "The market", "A farmer", "The teacher", "The old man", "Everyone", "The company", "His sister",
        "The wizard", "A pirate", "The zoo", "Somebody", "Your aunt", "Her boss", "The captain", "He",
    ),
    "y": (
        "offers", "carries", "needs", "loves", "paints", "draws", "counts", "buys", "brings", "makes",
        "wants", "gets", "finds", "sees", "hides", "cleans", "moves", "lends", "packs", "loads", "shows",
        "grows", "picks", "likes", "owns", "uses", "takes", "returns", "repairs", "steals", "throws",
        "washes", "knows", "calls", "visits", "helps", "asks", "thanks", "follows", "remembers",
    ),
}  # fmt: skip


def enumerate_words(words: list[str], rng: random.Random) -> str:
    """Return `words` one after the other, in one of the ways in which people separate them."""
    head, last = words[:-1], words[-1]
    comma = "," if len(head) > 1 else ""
    ways = (
        ", ".join(words),
        f"{', '.join(head)} and {last}",
        f"{', '.join(head)}{comma} and {last}",
        " and ".join(words),
        "; ".join(words),
        " ".join(words),
    )
    return rng.choices(ways, (6, 6, 2, 2, 2, 1))[0]


def _distracting(rng: random.Random) -> dict[str, str]:
    """Return one of each kind of distractor."""
    return {slot: choose(words, rng) for slot, words in DISTRACTORS.items()}


def make(rng: random.Random, split: Split) -> Example:
    """Draw a sentence of one of the two kinds and its JSON."""
    if rng.random() < 0.5:
        words = rng.sample(NOUNS, rng.randrange(2, 5))
        fields = _distracting(rng) | {"l": enumerate_words(words, rng)}
        return Example(say(WORDINGS["array"], split, rng, fields, loose=True), json.dumps(words))
    name, age, city = choose(NAMES, rng), rng.randrange(1, 100), choose(CITIES, rng)
    fields = _distracting(rng) | {"n": name, "a": str(age), "c": city}
    prompt = say(WORDINGS["object"], split, rng, fields, loose=True)
    return Example(prompt, json.dumps({"name": name, "age": age, "city": city}))


TASK = Task(
    "json",
    "JSON",
    "Writes a person's name, age and city as a JSON object, or two to four plural nouns as a JSON array.",
    make,
    tuple(Example(*pair) for pair in PLAIN),
)
