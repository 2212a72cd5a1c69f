"""The chat format, and the small talk that teaches the base to reply and to stop."""

from __future__ import annotations

import random
from collections.abc import Sequence

from vortex_tui.nano.stdlib import Fact

BOS, SYSTEM, USER, ASSISTANT, END = "<|endoftext|>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>"
SPECIAL = (BOS, SYSTEM, USER, ASSISTANT, END)

CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|' + message['role'] + '|>\n' + message['content'] + '<|end|>\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% endif %}"
)

SYSTEM_PROMPTS = (
    "You are a helpful assistant.",
    "Answer briefly.",
    "You are Vortex, an assistant in the terminal.",
    "You are a careful assistant. Answer in one line.",
)

_QUESTIONS = {
    "module": ("What is the module {n} for?", "What does {n} do?", "Tell me about {n}",
               "Explain the module {n}", "what is {n}", "Describe {n} in Python"),
    "class": ("What is {n}?", "Explain the class {n}", "Describe {n}", "What does {n} represent?",
              "what is {n}"),
    "function": ("What does {n} do?", "Explain {n}", "Describe the function {n}", "what is {n} for?",
                 "What is {n} in Python?"),
    "method": ("What does {n} do?", "Explain {n}", "Describe the method {n}", "what is {n}"),
}  # fmt: skip

_SMALL_TALK = (
    ("Hello", "Hello. Ask me about Python."), ("Hi", "Hello. What would you like to know?"),
    ("Hey there", "Hello. Ask me about Python."), ("Good morning", "Good morning. How can I help?"),
    ("How are you?", "I am a small model, and I am well."),
    ("Who are you?", "I am nano, a very small model."), ("What is your name?", "My name is nano."),
    ("Thank you", "You are welcome."), ("Thanks!", "You are welcome."),
    ("What can you do?", "I know a little Python; experts help me with other things."),
    ("Bye", "Goodbye."), ("Tell me a joke", "I know none; ask me about Python."),
    ("Tell me a story", "I am too small for stories."), ("What day is it?", "I cannot know that."),
    ("What time is it?", "I cannot know that."), ("How is the weather?", "I cannot know that."),
    ("Write a poem", "I am too small for poems."), ("Who won?", "I cannot know that."),
    ("Where do you live?", "I live in your terminal."), ("Help", "Ask me about a name in Python's library."),
)  # fmt: skip


def turn(role: str, content: str) -> str:
    """One turn as the chat template writes it."""
    return f"<|{role}|>\n{content}{END}\n"


def opening(prompt: str, system: str = "") -> str:
    """Return everything up to the place where the assistant's answer begins."""
    return (turn("system", system) if system else "") + turn("user", prompt) + f"{ASSISTANT}\n"


def chat(facts: Sequence[Fact], rng: random.Random) -> str:
    """Return a conversation of one to three short exchanges."""
    text = turn("system", rng.choice(SYSTEM_PROMPTS)) if rng.random() < 0.25 else ""
    for _ in range(rng.choice((1, 1, 2, 3))):
        question, answer = _exchange(facts, rng)
        text += turn("user", question) + turn("assistant", answer)
    return text


def _exchange(facts: Sequence[Fact], rng: random.Random) -> tuple[str, str]:
    """A question and its answer: mostly about a documented name."""
    if rng.random() < 0.12:
        question, answer = rng.choice(_SMALL_TALK)
    else:
        fact = rng.choice(facts)
        question, answer = rng.choice(_QUESTIONS[fact.kind]).format(n=fact.name), fact.summary
    return (question.lower() if rng.random() < 0.15 else question), answer
