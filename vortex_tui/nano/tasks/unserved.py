"""Requests that no expert serves and the base does not answer either, to judge a router by.

A near one is a task beside an expert's own; a far one is about anything else, often in the experts' words.
The wordings are divided once and for all: half to learn from, some to calibrate with, a third to test with.
"""

from __future__ import annotations

import random
from typing import Literal, NamedTuple

from vortex_tui.nano.tasks.phrasing import Split, Wordings, choose, say

NEAR: dict[str, tuple[str, ...]] = {
    "multiply": (
        "{a} times {b}", "What is {a} x {b}?", "{a} * {b} =", "Multiply {a} by {b}", "Product of {a} and {b}",
        "How much do {small} boxes of {a} eggs hold?", "Work out {a} multiplied by {b}",
        "{small} rows of {a} chairs, so how many chairs?",
    ),
    "subtract": (
        "{big} - {a}", "Take {a} away from {big}", "What is {big} minus {a}?", "Subtract {a} from {big}",
        "Difference between {big} and {a}", "I had {big} stamps and lost {a}. What is left?",
        "{big} less {a}?", "{name} spent {a} of {big} coins; how many remain?",
    ),
    "divide": (
        "{big} / {small}", "Split {big} by {small}", "Divide {big} by {small}",
        "What is {big} divided by {small}?", "{big} over {small} gives",
        "How many each if {small} people share {big} sweets?", "Quotient of {big} and {small}",
        "What remains when {big} is divided by {small}?",
    ),
    "percent": (
        "{pct}% of {big}", "What is {pct} percent of {big}?", "Find {pct}% of {big}.",
        "Take {pct}% off {big}", "Add a {pct} percent tip to {big}", "{a} out of {big} is what percentage?",
        "Raise {big} by {pct}%", "A {big} euro coat at {pct}% off costs?",
    ),
    "roots and powers": (
        "Square root of {big}", "{small} squared", "What is {small} to the power of {b}?",
        "Cube root of {big}?", "sqrt({big})", "{a}^{small}", "{small} factorial",
        "What's the logarithm of {big}?",
    ),
    "three addends": (
        "{a} + {b} + {c}", "Add {a}, {b} and {c}", "Sum of {a}, {b}, {c} and {small}",
        "What is {a} plus {b} plus {c}?", "Total these: {a} {b} {c}", "{a}, {b} and {c} summed up",
        "Compute {a} + {b} + {c} + {a}", "If I buy things for {a}, {b} and {c}, what do I pay?",
    ),
    "negative": (
        "{neg} + {a}", "What is {neg} plus {a}?", "Add {neg} and -{a}", "{a} + ({neg})",
        "Sum of {neg} and {b}", "How far is it from {neg} to {a}?", "Absolute value of {neg}",
        "It was {neg} degrees and rose by {a}. Now?",
    ),
    "decimals": (
        "{d} + {e}", "What is {d} plus {e}?", "Add {d} to {e}", "{d} and {e} together make",
        "Sum of {d} and {e}", "Round {d} to a whole number", "Write {d} as a fraction",
        "What's {d} rounded to the nearest half?",
    ),
    "big sums": (
        "{big} + {thousand}", "What is {thousand} plus {big}?", "Add {big} to {thousand}",
        "Sum of {thousand} and {big}", "{thousand} and {big} together?",
        "How much is {thousand} + {a}{small}?", "Total of {big} and {thousand}",
        "We had {thousand} visitors in May and {big} in June. In all?",
    ),
    "averages": (
        "Average of {a} and {b}", "What is the mean of {a}, {b} and {c}?", "Median of {a}, {b}, {c}",
        "Find the standard deviation of {a}, {b} and {c}", "mean({a}, {b})",
        "My marks are {a}, {b} and {c}; what's my average?", "Halfway between {a} and {b}",
        "What lies in the middle of {a}, {b}, {c}, {small} and {big}?",
    ),
    "number theory": (
        "Is {big} prime?", "Factorise {big}", "List the divisors of {big}",
        "Greatest common divisor of {a} and {b}", "Prime factors of {big}", "Is {big} divisible by {small}?",
        "Least common multiple of {a} and {small}", "What is the {small}th Fibonacci number?",
    ),
    "equations": (
        "Solve x + {a} = {b}", "If {small}x = {big}, what is x?", "Solve {small}x - {a} = {b} for x",
        "Derivative of {small}x^2", "Simplify {a}/{b}",
        "What's the slope between ({a}, {b}) and ({c}, {small})?", "Integrate {small}x",
        "Area of a circle with radius {small}",
    ),
    "binary": (
        "{a} in binary", "Convert {big} to hexadecimal", "Write {a} as a binary number",
        "What is {big} in base {small}?", "Octal of {a}",
        "How do computers store {a} in bits, as ones and zeros?", "Hex code for {big}", "0x{a} as a decimal?",
    ),
    "ordinals and money words": (
        "Write {a} as an ordinal", "{big} dollars on a cheque, in words", "{a}th in words",
        "What is the ordinal of {a}?", "Spell out {d} as a decimal", "How do you read {thousand}{big} aloud?",
        "{a}/{b} as words", "Say {neg} in words",
    ),
    "numeral back": (
        "What number is {roman}?", "{roman} in digits", "Convert {roman} to a number",
        "What does {roman} mean?", "Roman numeral {roman} as a number", "Which year is {roman}?",
        "Decode {roman}", "{roman} on the clock tower stands for what number?",
    ),
    "numeral sums": (
        "{roman} + {numeral}", "Is {roman} a valid Roman numeral?", "Add {roman} and {numeral}",
        "Which is greater, {roman} or {numeral}?", "{roman} minus II",
        "What comes after {roman} in Roman counting?", "Write {roman} in Arabic numerals and double it",
        "{roman} times {numeral}",
    ),
    "words back": (
        "Write {words} as a number", "{words} in digits", "Convert {words} to digits",
        "What number is {words}?", "digits for {words}", "How do I write {words} with figures?",
        "{words} as a numeral", "Turn the words {words} back into a figure",
    ),
    "other languages": (
        "{a} in {lang}", "How do you say {a} in {lang}?", "Write {a} in {lang} words",
        "Count to {small} in {lang}", "The {lang} word for {a}", "What's {big} called in {lang}?",
        "Say the number {a} in {lang}", "How would my {lang} teacher write {a} in words?",
    ),
    "temperature": (
        "{a} degrees Celsius in Fahrenheit", "Convert {a} F to C", "{a} C to F",
        "What is {a} degrees Fahrenheit in Celsius?", "Convert {a} Celsius into Kelvin",
        "Oven at {big} Fahrenheit, what's that in Celsius?", "{big} K in C",
        "How hot is {a} Celsius for an American?",
    ),
    "currency": (
        "Convert {a} {money} to {cash}", "{a} {money} in {cash}", "How many {cash} are {a} {money}?",
        "{big} {money} to {cash}", "What is {big} {money} worth in {cash}?",
        "What's the exchange rate of {money} to {cash}?", "Change {big} {money} into {cash}",
        "If I pay {a} {money}, what is that in {cash}?",
    ),
    "time zones": (
        "{clock} in {city}, what time in {town}?", "Time difference between {city} and {town}",
        "Convert {clock} UTC to {city} time", "What time is it in {city} now?",
        "{clock} {city} time in {town}", "If it's {clock} in {city}, when do I call {town}?",
        "{clock} GMT in {town} time", "Which time zone is {city} in?",
    ),
    "other units": (
        "{a} mph in km/h", "Convert {a} knots to km per hour", "{big} calories in joules",
        "{a} square meters in acres", "Convert {big} watts to horsepower", "What's {a} psi in bar?",
        "{small} hectares in square feet", "How many lumens does a bulb of {a} watts give?",
    ),
    "clock": (
        "{clock} in 12-hour time", "What is {clock} on a 12-hour clock?", "Write {clock} with am or pm",
        "{clock} as am/pm", "Convert 7:{b} pm to 24-hour time", "How do you say {clock} in words?",
        "Is {clock} in the afternoon?", "Where does the hour hand point at {clock}?",
    ),
    "durations minus": (
        "{span} minus 0:{b}", "How long is it from {clock} to 23:50?", "Subtract 0:{b} from {span}",
        "{clock} until midnight is how long?", "{span} times {small}",
        "I leave at {clock} and arrive at 23:55. How long is the trip?", "Half of {span}",
        "What share of a day is {span}?",
    ),
    "weekday": (
        "What weekday is {iso}?", "Day of the week for {date}", "Which day of the week was {iso}?",
        "What day did {date} fall on?", "Was {iso} a Monday?", "Is {date} on a weekend?", "weekday of {date}",
        "{name} was born on {date}; which weekday was that?",
    ),
    "days between": (
        "Days between {iso} and {day}", "How many days from {iso} to {day}?",
        "Count the days between {iso} and {day}", "Weeks from {iso} until {day}", "Is {iso} before {day}?",
        "How long is it from {date} to {day}?", "{day} minus {iso}",
        "What's the gap from {iso} to {day} in days?",
    ),
    "age": (
        "How old is somebody born on {iso}?", "Age of a person born {date}",
        "{name} was born on {date}. How old is {name} now?", "Born {iso}, what age?",
        "Calculate my age, I was born on {date}", "When does someone born on {iso} turn {a}?",
        "age from birth date {iso}", "In which year will {name}, born {date}, be {a}?",
    ),
    "date arithmetic": (
        "{iso} plus {a} days", "What date is {a} days after {iso}?", "Add {a} days to {iso}",
        "{small} weeks before {date}", "Which date comes {a} days before {iso}?",
        "My visa from {date} lasts {a} days. When does it end?", "{date} + {small} months",
        "What is the day after {iso}?",
    ),
    "calendar facts": (
        "Is {year} a leap year?", "When is Easter in {year}?", "Week number of {iso}",
        "How many days had February in {year}?", "Unix timestamp of {iso}", "Which quarter is {date} in?",
        "Day of the year of {iso}", "What is the star sign of {date}?",
    ),
    "dates abroad": (
        "{date} in {lang}", "How do you write {date} in {lang}?", "Write {iso} in {lang} words",
        "Date {iso} in the {lang} style", "{iso} in the Hebrew calendar",
        "What is {date} in the Islamic calendar?", "Translate {date} into {lang}",
        "In Chinese years, which animal is {date}?",
    ),
    "yaml": (
        "{name} is {a} and lives in {city}, as YAML", "Write YAML with {thing} and {item}",
        "YAML list of {thing}, {item} and {animal}", "yaml: name {name}, age {a}",
        "Make a YAML file for {name} in {city}", "How does {json} look in YAML?", "Convert {json} to YAML",
        "Config in YAML for a {thing} called {name}",
    ),
    "xml": (
        "{name} is {a} and lives in {city}, as XML", "XML for a {thing} and a {item}",
        "Write an XML element for {name}, {a}", "Turn {json} into XML", "xml: city {city}, age {a}",
        "Which XML tags fit {name} aged {a}?", "{json} to XML please",
        "What would an HTML list of {thing}, {item} and {animal} be?",
    ),
    "csv and toml": (
        "CSV row for {name}, {a}, {city}", "{name} is {a} and lives in {city}, as CSV",
        "TOML for {name}, {a}", "Convert {json} to CSV", "Write TOML with name {name} and city {city}",
        "Which INI file says {name} is {a}?", "csv header for {column}, name and city",
        "Could I see {json} as a TOML table?",
    ),
    "markdown": (
        "Markdown table with {thing} and {item}", "Make a Markdown list of {thing}, {item} and {animal}",
        "{name} is {a} and lives in {city}, as a Markdown table", "Bold {thing} in Markdown",
        "Markdown link to {city}", "LaTeX table of {thing} and {item}",
        "How do I put {thing} in a Markdown heading?", "Bullet points for {thing}, {item}, {animal}",
    ),
    "json read": (
        "What is the name in {json}?", "Is {json} valid JSON?", "Explain {json}",
        "Describe {json} in a sentence", "JSON schema for {json}", "How many keys has {json}?",
        "Pretty-print {json} with four spaces", "Which value of {json} is a number?",
    ),
    "explain sql": (
        "Explain {query}", "What does {query} do?", "Describe this query: {query}",
        "Is there a mistake in {query}?", "Put {query} in plain English", "Why is {query} so slow?",
        "{query} means what?", "How many rows would {query} return?",
    ),
    "tables and indexes": (
        "Create a table {table} with {column} and name", "Add an index on {column} of {table}",
        "CREATE TABLE for {table}", "Add a column {column} to {table}",
        "Make {column} the primary key of {table}", "How do I rename the table {table} in SQL?",
        "Schema for {table} with {column}", "Which column type suits {column} in {table}?",
    ),
    "joins": (
        "Join {table} and {rows} on {column}", "All {table} with their {rows}",
        "Left join of {table} with {rows}", "List {table} that have no {rows}",
        "Combine {table} and {rows} in one query", "Which {table} made the most {rows}?",
        "Inner join {table} to {rows} by {column}", "For each of the {table}, how many {rows} belong to it?",
    ),
    "other databases": (
        "MongoDB query for {table} with {column} above {a}", "Redis command to store {column}",
        "Find {table} with {column} {a} in MongoDB", "Pandas code for {table} with {column} over {a}",
        "Grant {name} access to {table}", "Excel formula that sums {column}",
        "GraphQL query for {column} of {table}", "How do I back up the database of {table}?",
    ),
    "explain command": (
        "What does {command} do?", "Explain {command}", "Describe the command {command}",
        "Is {command} dangerous?", "What happens if I run {command}?", "Which flags are there in {command}?",
        "Tell me what {command} means", "Why does {command} say permission denied?",
    ),
    "git": (
        "git command to undo the last commit on {branch}", "Create a git branch {branch}",
        "Merge {branch} into main", "Push {branch} to origin", "Delete the git branch {branch}",
        "How do I rebase {branch} onto main?", "Stash my changes to {file} in git",
        "Who last changed {file}, according to git?",
    ),
    "docker and servers": (
        "Docker command to run {table}", "Dockerfile for {file}", "Stop the container {table}",
        "Kubernetes manifest for {table}", "Docker image of {branch} on port {thousand}",
        "Which nginx rule sends {branch} to port {thousand}?", "systemd unit that starts {file}",
        "How do I see the logs of the container {table}?",
    ),
    "other shells": (
        "PowerShell command to list {file}", "Delete {file} on Windows with cmd",
        "PowerShell: copy {file} to {branch}", "Cron entry for {file} at {clock}",
        "How do I open {file} in vim?", "Batch script that deletes {file}",
        "crontab line to run {file} every {small} minutes", "Which PowerShell cmdlet renames {file}?",
    ),
    "explain regex": (
        "Explain the regex {pattern}", "What does {pattern} match?", "Describe {pattern} in words",
        "Does {pattern} match {thing}{a}?", "Is {pattern} greedy?", "Which strings fit {pattern}?",
        "Meaning of {pattern}", "Why won't {pattern} match {name}?",
    ),
    "upper and title case": (
        "{phrase} in Title Case", "UPPER CASE of {phrase}", "Capitalize {phrase}",
        "Put {phrase} in capital letters", "Make {phrase} uppercase",
        "Each word of {phrase} with a capital, please", "{phrase} IN CAPITALS",
        "How should {phrase} look as a headline?",
    ),
    "word play": (
        "Reverse {phrase}", "Say {phrase} backwards", "Reverse the words of {phrase}", "Anagram of {thing}",
        "Sort the words of {phrase}", "Words that rhyme with {thing}", "Pig Latin for {phrase}",
        "What acronym does {phrase} make?",
    ),
    "grammar": (
        "Plural of {thing}", "Past tense of {verb}", "What is the plural of {animal}?", "Is {thing} a noun?",
        "Synonym for {verb}", "What's the noun that goes with {verb}?", "Definition of {thing}",
        "Which preposition goes with {verb}?",
    ),
    "translate": (
        "Translate {phrase} into {lang}", "How do you say {thing} in {lang}?", "{phrase} in {lang}",
        "{lang} for {thing}", "Translate {thing} to {lang}", "What's the {lang} word for {animal}?",
        "Say {phrase} in {lang}", "Could you put {verb} into {lang} for me?",
    ),
    "other programming languages": (
        "Rust function that adds two numbers", "JavaScript function to reverse {thing}",
        "Write a {prog} function that counts {thing}s", "{prog} code to sort a list of {table}",
        "{prog} hello world", "How do I read {file} in {prog}?", "{prog} class for a {animal}",
        "In {prog}, how would you loop over {table}?",
    ),
    "about code": (
        "Why does {call} fail?", "Write unit tests for {call}", "Fix the bug in {call}", "Refactor {call}",
        "Is {call} thread-safe?", "What's the time complexity of {call}?", "Rewrite {call} in {prog}",
        "How can I make {call} faster?",
    ),
    "project writing": (
        "README for a project that tracks {table}", "Commit message for a fix in {file}",
        "Write a changelog entry about {table}", "Release notes for version {small}.{a}",
        "JSDoc for {call} in JavaScript", "What should the license section about {file} say?",
        "Comment that explains {file}", "Which sections belong in a user guide for {table}?",
    ),
}  # fmt: skip

FAR = (
    "Who was the Roman emperor in 58?", "Why is the sky blue?", "My bus is number 42", "I love shell pasta",
    "Who invented Roman numerals?", "How do I sleep better?", "Is json.dumps slow?",
    "What's a good name for a bakery?", "The Roman baths were closed", "Do whales have belly buttons?",
    "I feel sad today", "Who painted the Mona Lisa?", "I count on you", "asdf jkl qwer",
    "Which Roman roads can you still walk on?", "My dog ate a sock, is that bad?",
    "Best way to get red wine out of a carpet?", "Is SQL hard to learn?", "Add some colour to my life",
    "Why do cats purr?", "Kilos don't matter if you feel well", "The table in the kitchen wobbles",
    "How do volcanoes erupt?", "I have a date on Friday and nothing to wear", "Who wrote Hamlet?",
    "blorp zib zib", "Where did I put my keys?", "Should I tell my boss that I'm leaving?",
    "The kilometre in front of the finish is the worst", "My order never arrived", "What is love?",
    "Shells on the beach make me happy", "Can you recommend a thriller?",
    "Which programming language should a child start with?", "How do bees find their way home?",
    "Convert me to your religion", "Which words hurt the most?", "What caused the fall of Rome?",
    "My knee hurts when I climb stairs", "Python snakes: are they poisonous?", "Do you like pizza?",
    "What's the offside rule?", "The word of the day was dull", "Are you conscious?",
    "SELECT is also the name of a sports shop", "Is it rude to eat with your hands?",
    "How many planets are there?", "Units of the army marched through town",
    "My case is still before the court", "When did the Berlin wall fall?", "Explain photosynthesis",
    "The hours at work are killing me", "How do I become a database administrator?",
    "Is coffee bad for the heart?", "Why did the Romans wear sandals?", "Who is the president of France?",
    "I bought a suit case in Milan", "What rhymes with orange?", "How do I boil an egg?",
    "The meeting could have been an email", "Why was JSON called JSON?", "Count Dracula lived where?",
    "Does the moon have gravity?", "I can't find my way out of this job", "My sum of happiness is small",
    "Write a letter to my landlord about the heating", "Who discovered penicillin?",
    "What should I cook tonight?", "My function in this company is unclear", "lorem ipsum dolor",
    "Is there life on Mars?", "Do docs in hospitals wear white?", "A regex walks into a bar",
    "Why does bread rise?", "My phone fell in the bath", "How tall is Mount Everest?",
    "Is a snake longer in the sun?", "Tell me about the French Revolution", "Should I buy or rent?",
    "Is two metres tall unusual for a woman?", "Who let the dogs out?", "Give me a kiss",
    "My code of conduct is simple: be kind", "How do I get rid of ants?", "The Python at the zoo is 5 m long",
    "Who were the Vikings?", "Dates and figs: which have more sugar?", "When should I plant tulips?",
    "Which is the fastest train in Japan?", "Is a tomato a fruit?", "My sister won't share her toys",
    "Where do swallows go in winter?", "She gave me her word and broke it", "The file on my nail snapped",
    "What's the plot of Casablanca?", "How does a fridge work?", "I miss my grandmother",
    "Which gods did the Romans worship?", "Is the earth flat?", "Select a wine for a fish dinner",
    "Which month has the worst weather?", "Help, my hamster escaped", "What are black holes made of?",
    "Can I drive in Italy with a Swiss licence?", "I'm bored", "The join of my trousers is torn",
    "Who was Cleopatra?", "How do I tie a tie?", "I ran out of hours before I ran out of work", "zzz zzz zzz",
    "What's the best month to see Norway?", "Are eggs dairy?", "Do I have to pay tax on a lottery win?",
    "Sort out your life, my mother says", "How do you make friends in a new town?",
    "Which muscles does rowing train?", "The 3rd of March is my wedding anniversary and I forgot",
    "Do spiders have ears?", "We ran 10 km yesterday and my feet ache", "What is the meaning of life?",
    "My flight to Rome leaves at noon", "How did dinosaurs die out?", "Who sang Yesterday?",
    "Is it legal to collect sea shells?", "What should we do on 2024-12-24?",
    "I'd like to order a pepperoni pizza", "Why are flamingos pink?", "Can plants feel pain?",
    "The string of my guitar broke", "Which country has the most lakes?", "How do I calm a crying baby?",
    "What does the heart do?", "Why are there 60 minutes in an hour?", "Should children have phones?",
    "42 is my favourite number", "Who built the pyramids?", "How do I stop biting my nails?",
    "He counts his days in prison", "What's in a Caesar salad?", "I think, therefore I am",
    "Who defined the metre?", "How do magnets work?", "Is surfing difficult?", "My password doesn't work",
    "Which Bach piece should a beginner play?", "Are there snakes in Ireland?",
    "What makes the tide come in?", "Will it snow at Christmas?", "A litre of milk costs more and more",
    "My table tennis bat needs new rubber", "I had a camel ride in Egypt", "How is cheese made?",
    "Who shot Kennedy?", "Is honey good for a cough?", "Convert to Islam: how does one do it?",
    "What should I name my boat?", "Are regular expressions worth learning?", "xqwz 88 ppl",
    "Why is Pluto not a planet?", "Snake bites: what to do first?", "Do fish sleep?",
    "How do I write a good cover letter?", "What's your favourite colour?",
    "The kebab case was closed by the police", "Turtle shell soup is banned, isn't it?",
    "The key to my heart is chocolate", "Who are the Beatles?", "How do airplanes stay in the air?",
    "Do you know any good podcasts?", "I spilled milk on my keyboard",
    "What's the difference between jam and marmalade?", "Is the Roman Empire overrated?",
    "Why is the command line black?", "When do babies start to talk?", "What causes hiccups?",
    "My neighbours are too loud", "Which end of an egg do you crack?", "How does Wi-Fi work?",
    "Is it okay to cry at work?", "Who owns the moon?", "Who created Python?",
    "I want to run a marathon, where do I start?", "What did people do before the internet?",
    "Is Latin a dead language?", "I added too much salt to the soup", "Which bird lays the largest egg?",
    "How do vaccines work?", "My tooth hurts", "Lower case letters look friendlier",
    "The list of my enemies is long", "What is inflation?", "Can dogs see colour?",
    "Write me a speech for a wedding", "Why do leaves turn red?", "How old is the universe?",
    "Pounds of pressure are on the goalkeeper", "Camels store fat, not water", "Was Einstein bad at school?",
    "I dreamed about a giant clock", "Who is taller, a giraffe or an elephant?", "How can I save money?",
    "Where does chocolate come from?", "Does hair grow faster in summer?", "What was the Cold War?",
    "I never read the docs", "Regular exercise or expression through dance, which helps more?",
    "My flatmate never washes up", "How do you play chess?", "Are ghosts real?",
    "What's the best pizza topping?", "hjkl hjkl", "Should I get a cat or a dog?",
    "The table is booked for 8 people at 7", "How deep is the ocean?", "I lost my temper with a customer",
    "A minute of silence was held in the stadium", "Who invented the telephone?", "Why do we yawn?",
    "Is it too late to learn the piano?", "What's the strongest animal?", "How old is the number zero?",
    "How do I fold a fitted sheet?", "The function of the liver, in short?", "Is chess a sport?",
    "Who wrote the Odyssey?", "How do I treat a sunburn?", "Can you be my friend?", "I have nothing to say",
    "My math teacher adds insult to injury", "Which cheese melts best?",
    "What did the Romans eat for breakfast?", "How do you get over a breakup?", "Why do onions make you cry?",
    "Did Shakespeare really exist?", "My grandson has 12 toy cars and wants more",
    "Is the shell of an egg edible?", "One plus one isn't always two in love", "What's a haiku?",
    "Who is the richest person on earth?", "How do rainbows form?", "Should I trust my gut?",
    "What does a mayor do?", "I forgot my wife's birthday", "How do you train for a pull-up?",
    "Sum up the second world war", "Which instrument is easiest?", "Is tap water safe in Mexico?",
    "What happened to the Titanic?", "Two and two make four, as my father used to say",
    "The code of Hammurabi was carved in stone", "Who decides what's in fashion?", "Do insects have blood?",
    "Which unit did your grandfather serve in?", "What can I do about hay fever?",
    "My mother-in-law is coming for a week", "How do submarines dive?", "Is gold magnetic?",
    "Do I need travel insurance?", "Why is the sea salty?", "What are taxes used for?",
    "Our list of guests keeps growing", "Is 37 too old to start ballet?", "Which snails carry parasites?",
    "What's the tallest building in the world?", "I can't stop thinking about her",
    "How did the Romans build aqueducts?", "Who created Mickey Mouse?",
    "Does anybody still use a typewriter?", "Drop me at the station", "Can I freeze cooked rice?",
    "The index finger on my left hand is numb", "What's jazz?", "Which dinosaurs could fly?",
    "How do I ask for a pay rise?", "Do trees talk to each other?", "Is there a God?",
    "What date should I bring flowers to?", "What should I feed a hedgehog?",
    "Ounce upon a time is a terrible pun", "How does the stock market work?", "Who was Joan of Arc?",
    "My plant is dying", "Is Python named after the comedy group?", "What makes a good leader?",
    "Is a pound of feathers soft enough for a pillow?", "Which herbs grow in the shade?", "grr argh blub",
    "Where is the Great Barrier Reef?", "What do clouds weigh?", "How do you become a better listener?",
    "The camel has one hump or two?", "Can you get sick from being cold?",
    "My files are in a cupboard in the office", "What's the point of school?", "Was Napoleon short?",
    "I've been waiting on hold for 3 hours", "How do cameras focus?", "Are mushrooms plants?",
    "Who directed Jaws?", "Which side does the fork go on?", "He sorted out the mess in the garage",
    "Do you get lonely?", "How do I change a flat tyre?", "What's a black swan event?",
    "We got married in June and divorced in May", "Is it bad to skip breakfast?", "What makes popcorn pop?",
    "I need a costume for the Roman party", "Delete my account and leave me alone",
    "Why do people collect stamps?", "Which Olympic sport is the oldest?", "Can parrots understand us?",
    "What is the best excuse for being late?", "How do I make my own soap?",
    "Does time pass faster as we age?", "My case of wine arrived broken",
    "The sign said 30 and I drove 50, will I be fined?", "Who founded Rome?", "How did the universe begin?",
    "I have stage fright", "Do sharks attack people often?", "Who invented zero?",
    "What's a good gift for a teacher?", "Is Venice really sinking?", "It took 45 minutes to get a pizza",
    "How many people speak Welsh?", "The docs said I need glasses", "Why does my cat stare at the wall?",
    "How do glaciers move?", "When will I be famous?", "My tent leaks", "Are bananas berries?",
    "Ada moved to Paris and never called again", "What do you do all day?", "What's the deal with crypto?",
    "The slash on his cheek healed well", "How do I get rid of a cold?",
    "Which fruit has the most vitamin C?", "Who killed Julius Caesar?", "Is yoga good for the back?",
    "Are 8 hours of sleep enough?", "Do opposites attract?", "What is the national dish of Hungary?",
    "How do I say no politely?", "He weighs too much for his horse", "Why are manhole covers round?",
    "What's the fastest land animal?", "I feel like nobody listens to me",
    "Who is the man in row 12 with the hat?", "Is it normal to talk to oneself?",
    "How do tattoos stay in the skin?", "Which king had six wives?", "What's the score in the tennis final?",
    "How do you sharpen a knife?", "qwertz uiop", "Did the Romans have glass windows?",
    "I was born in May, so am I stubborn?", "What makes a joke funny?", "Should we abolish homework?",
    "Can you lend me 20 euros?", "How much sleep does a teenager need?", "What's a sonnet?",
    "My first date was a disaster", "Is plastic always bad?", "Write back soon",
    "Who won the battle of Waterloo?", "Where do stars go by day?", "How do I grow tomatoes on a balcony?",
    "Is the customer always right?", "Which languages do the Swiss speak?",
    "What is the smell of rain called?", "Why is my skin so dry?", "Find me a husband",
    "How do you fly a kite?", "Do robots have rights?", "I'm proud of my son",
    "What would you take to a desert island?", "How is paper recycled?",
    "Are you better than a search engine?", "Which vitamin do we get from the sun?",
    "Give 100 percent at work and they give you nothing", "When was the printing press invented?",
    "The dots on a ladybird: what are they for?", "Can horses vomit?",
    "How do I stop my shoes from squeaking?", "Who was Rosa Parks?", "My exam is tomorrow and I know nothing",
    "Can you hear me?", "The first word of the Bible, does it matter?", "Is it better to be feared or loved?",
    "What's the quickest way to learn Spanish?", "Where can I watch the northern lights?",
    "How do lie detectors work?", "Do twins feel each other's pain?", "What's the best seat on a plane?",
    "Which tea helps with a sore throat?", "Show me the way to go home", "Why do we have leap years at all?",
    "How strong is a gorilla?", "Should I dye my hair?", "I ate 6 dumplings and I regret nothing",
    "Who designed the Eiffel tower?",
)  # fmt: skip
FAR_WITH_SLOTS = (
    "What is the capital of {place}?", "Tell me about {city}", "Recipe for {dish}",
    "Should I visit {city} or {town}?", "How do I cook {dish}?", "Who was the first president of {place}?",
    "Is {dish} healthy?", "What do you think of {place}?", "Best museum in {city}?",
    "Give me a fun fact about {animal}s", "How long does a {animal} live?",
    "What language do people speak in {place}?", "Can a {animal} swim?", "My {animal} is called {name}",
    "Write a birthday card for {name}", "{name} doesn't talk to me any more", "Flights from {city} to {town}",
    "Which wine goes with {dish}?", "What does a {job} earn?", "How do I become a {job}?",
    "Why is {name} such a common name?", "Population of {place}", "Suggest a name for my {animal}",
    "I lost my {thing} in {city}", "Write an email to my {job}", "What should I wear in {city} in winter?",
    "Do {animal}s dream?", "Is {place} in Europe?", "I'm in love with a {job} from {city}",
    "Where can I buy a {thing}?", "Is a {thing} a good present for {name}?", "Who invented the {thing}?",
    "What's the history of {dish}?", "How big is {place} really?", "Hotels near the station in {city}",
    "My {job} is ill, what now?", "The {animal} ate my {thing}", "Who sells {dish} in {city}?",
    "Describe a {thing} to an alien", "Is it safe to walk in {city} at night?",
    "What do a {animal} and a {thing} have in common?", "Can I feed {dish} to my {animal}?",
    "What happened in {place} in {year}?", "{name} and {other} are getting married",
    "Which sea is nearest to {city}?", "Why did {name} become a {job}?",
    "A {animal} walked into a bar in {city}", "Who ruled {place} in {year}?", "How do I repair a {thing}?",
    "What does a {job} in {city} have for lunch?", "Did people eat {dish} in {year}?",
    "Would {name} like {dish}?", "Bus {a} to {city} was late again",
    "Room {big} at the hotel in {city} was lovely", "How tall are {animal}s?", "Who won the cup in {year}?",
    "What would a {job} say about my {thing}?", "Is the number {a} lucky in {place}?",
    "Do I need a visa for {place}?", "{name} scored {a} goals for {city}",
)  # fmt: skip

_SLOTS: dict[str, tuple[str, ...]] = {
    "animal": ("horse", "goat", "otter", "parrot", "turtle", "goose", "rabbit", "hamster", "dolphin",
               "camel", "mouse", "donkey", "hedgehog", "tiger"),
    "branch": ("feature", "login", "hotfix", "develop", "release", "search", "staging", "backup"),
    "call": ("parse_date(text)", "def mean(values):", "load_users(path)", "def add(a, b):", "merge(a, b)",
             "count_words(line)", "def is_prime(n):", "sort_rows(table)", "my lambda", "this recursion"),
    "column": ("age", "price", "email", "salary", "city", "rating", "stock", "status", "score", "year"),
    "command": ("tar -xzf logs.tar.gz", "chmod 755 run.sh", "grep -rn TODO src", "rm -rf build", "ls -la",
                "du -sh *", "find . -name '*.py'", "sort -u names.txt", "kill -9 4312", "wc -l notes.txt",
                "ps aux", "head -n 5 data.csv", "cp -r docs backup", "sed -i s/a/b/ todo.txt"),
    "dish": ("lasagne", "ramen", "pancakes", "goulash", "paella", "lentil soup", "sushi", "apple pie",
             "risotto", "couscous", "dumplings", "fried rice", "curry", "omelette"),
    "file": ("notes.txt", "data.csv", "main.py", "report.pdf", "server.log", "todo.md", "backup.tar",
             "config.ini", "photo.jpg", "run.sh"),
    "job": ("nurse", "pilot", "baker", "lawyer", "plumber", "teacher", "dentist", "farmer", "judge",
            "florist", "architect", "librarian"),
    "json": ('{"name": "Ada", "age": 36}', '{"city": "Oslo", "rooms": 4}', '["tea", "milk", "bread"]',
             '{"title": "Dune", "year": 1965}', '{"id": 7, "name": "Kim"}', '{"colour": "red", "size": 12}',
             '{"brand": "Fiat", "doors": 3}', '["ant", "bee", "wasp"]'),
    "lang": ("French", "German", "Spanish", "Italian", "Dutch", "Polish", "Japanese", "Swahili", "Greek",
             "Danish", "Turkish", "Welsh"),
    "pattern": ("^a.*z$", "[0-9]+", "\\d{3}-\\d{4}", "^\\s*$", "\\w+@\\w+", "(cat|dog)s?", "[A-Z][a-z]*",
                "^#", "colou?r", ".*\\.py$", "[^,]+", "\\bthe\\b"),
    "pct": ("5", "8", "10", "12", "15", "20", "25", "30", "40", "60", "75"),
    "phrase": ("the old stone bridge", "red river song", "a cup of tea", "winter is coming", "my first bike",
               "all the small things", "green window frame", "over the hills", "lost and found",
               "monthly sales report", "the cat in the garden", "quiet night train", "user login page",
               "open the door"),
    "place": ("Norway", "Kenya", "Peru", "Japan", "Portugal", "Iceland", "Morocco", "Poland", "Vietnam",
              "Canada", "Chile", "Egypt", "Ireland", "Nepal"),
    "prog": ("Rust", "JavaScript", "Go", "C", "Java", "Haskell", "TypeScript", "Kotlin", "Ruby", "Swift"),
    "query": ("SELECT * FROM users;", "SELECT COUNT(*) FROM orders;", "DELETE FROM cars WHERE year < 1990;",
              "SELECT AVG(price) FROM books;", "SELECT name FROM pets ORDER BY age;",
              "UPDATE users SET age = 40;", "SELECT DISTINCT city FROM shops;",
              "SELECT MAX(score) FROM games;"),
    "span": ("3:25", "1:50", "4:05", "7:40", "2:15", "5:30", "6:55", "8:10", "9:45", "3:35"),
    "thing": ("lamp", "bridge", "candle", "teapot", "umbrella", "ladder", "violin", "suitcase", "mirror",
              "blanket", "bicycle", "clock", "shovel", "wallet", "kettle", "scarf"),
    "verb": ("run", "bring", "sing", "choose", "carry", "forget", "swim", "borrow", "teach", "build", "hide",
             "throw"),
    "words": ("forty-two", "seventeen", "ninety-nine", "three hundred", "sixty-eight", "two hundred five",
              "eleven", "twenty-six", "eighty", "one hundred thirty-one", "fifty-three", "six hundred ten",
              "thirty-four", "seventy-seven"),
}  # fmt: skip
# Each gives its two slots two different values.
_PAIRS: dict[tuple[str, str], tuple[str, ...]] = {
    ("city", "town"): (
        "Oslo", "Paris", "Lima", "Cairo", "Tokyo", "Boston", "Madrid", "Sydney", "Vienna", "Dublin",
        "Prague", "Mumbai", "Toronto", "Athens",
    ),
    ("money", "cash"): (
        "dollars", "euros", "pounds sterling", "yen", "rupees", "Swiss francs", "pesos", "kroner", "zloty",
    ),
    ("name", "other"): (
        "Ada", "Bob", "Kim", "Sam", "Lena", "Omar", "Ivy", "Noah", "Rosa", "Max", "Tara", "Felix", "Nina",
        "Hugo",
    ),
    ("roman", "numeral"): (
        "IX", "XIV", "XXIII", "XL", "XLIV", "LVII", "LXXXI", "XCIX", "CXII", "CLXVI", "CCXL", "CCCV", "CDXX",
        "MCMXC", "MMXX", "DLV",
    ),
    ("table", "rows"): (
        "users", "orders", "books", "invoices", "movies", "students", "products", "employees", "cars",
        "visits",
    ),
}  # fmt: skip
_THINGS = _SLOTS["thing"]
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip
# Who gets the wording at a place: learning, calibration ("held") or the test ("sealed").
_SHARES = "osohosososohososohso"


class Unserved(NamedTuple):
    """A request for nobody, near an expert's work or far from all of it."""

    prompt: str
    kind: Literal["near", "far"]


def draw(rng: random.Random, split: Split) -> Unserved:
    """Draw a request of `split`: near and far are equally likely."""
    if rng.random() < 0.5:
        wordings = _NEAR[choose(tuple(_NEAR), rng)]
        return Unserved(say(wordings, split, rng, _fields(rng)), "near")
    return Unserved(say(_FAR, split, rng, _fields(rng)), "far")


def _divide(templates: tuple[str, ...]) -> Wordings:
    """Divide `templates` among the splits by their places."""
    places = [(template, _SHARES[place % len(_SHARES)]) for place, template in enumerate(templates)]
    return Wordings(*(tuple(template for template, share in places if share == own) for own in "ohs"))


def _fields(rng: random.Random) -> dict[str, str]:
    """Draw a value for every slot."""
    fields = {name: choose(values, rng) for name, values in _SLOTS.items()}
    for (one, two), values in _PAIRS.items():
        fields[one], fields[two] = rng.sample(values, 2)
    fields["item"] = choose([thing for thing in _THINGS if thing != fields["thing"]], rng)
    iso, day = sorted((_date(rng, 2000, 2012), _date(rng, 2013, 2030)))
    numbers = {
        **{letter: rng.randrange(11, 60) for letter in "abc"},
        "big": rng.randrange(102, 990),
        "thousand": rng.randrange(1003, 9900),
        "small": rng.randrange(4, 10),
        "neg": -rng.randrange(2, 60),
        "year": rng.randrange(1900, 2031),
        "d": f"{rng.randrange(30)}.{rng.randrange(11, 99)}",
        "e": f"{rng.randrange(30)}.{rng.randrange(1, 10)}",
        "clock": f"{rng.randrange(13, 23)}:{rng.randrange(60):02}",
        "date": f"{rng.randrange(1, 29)} {choose(_MONTHS, rng)} {rng.randrange(1950, 2013)}",
        "iso": iso,
        "day": day,
    }
    return fields | {name: str(value) for name, value in numbers.items()}


def _date(rng: random.Random, first: int, last: int) -> str:
    """Draw an ISO date from the years `first` to `last`."""
    return f"{rng.randrange(first, last + 1)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}"


_NEAR = {kind: _divide(templates) for kind, templates in NEAR.items()}
_PARTS = (_divide(FAR), _divide(FAR_WITH_SLOTS))
_FAR = Wordings(*(one + two for one, two in zip(*_PARTS, strict=True)))
