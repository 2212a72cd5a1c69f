"""Every action in one place: key bindings, footer, help and palette are made from this."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from textual.binding import Binding, BindingType

Place = Literal["app", "chat", "doctor", "bench", "promotion"]

_KEY_WORDS = {"escape": "Esc", "pageup": "PgUp", "pagedown": "PgDn"}


@dataclass(frozen=True, slots=True)
class Action:
    """``name``: the method ``action_<name>`` of its place; ``label``: its word in the footer."""

    name: str
    key: str
    label: str
    description: str
    place: Place = "app"
    footer: bool = True
    # Before the focused widget: for keys the prompt would otherwise keep to itself.
    priority: bool = False

    @property
    def key_words(self) -> str:
        """The key as people write it."""
        head, _, tail = self.key.rpartition("+")
        shown = _KEY_WORDS.get(tail, tail.upper() if tail.startswith("f") and tail != "f" else tail)
        return f"^{shown}" if head == "ctrl" else f"{head}+{shown}" if head else shown


ACTIONS: tuple[Action, ...] = (
    Action("help", "f1", "Help", "Show every key and what it does"),
    # Not in the footer: there Esc says the same, and 80 columns are full.
    Action("chat", "f2", "Chat", "Go to the conversation and its prompt", footer=False),
    Action("bank", "f3", "Bank", "The experts: scores and weights for the last prompt"),
    Action("doctor", "f4", "Doctor", "Show what is missing or failed, and how to mend it"),
    Action("promotion", "f5", "Promote", "Judge what was trained, approve it, undo it"),
    Action("bench", "f8", "Bench", "Measure how fast the model answers, and compare"),
    Action("stop", "escape", "Stop", "Stop the answer; what has been said is kept", "chat"),
    Action("regenerate", "ctrl+r", "Again", "Answer the last question again", "chat"),
    Action("new_chat", "ctrl+n", "New", "Start a new chat", "chat"),
    Action(
        "copy_answer", "ctrl+o", "Copy", "Send the last answer to the terminal's clipboard", "chat", False
    ),
    Action("mark_good", "ctrl+t", "Good", "Mark the last answer as good; again takes it back", "chat", False),
    Action("mark_bad", "ctrl+l", "Bad", "Mark the last answer as bad; again takes it back", "chat", False),
    Action("correct", "ctrl+s", "Correct", "Write what the last answer should have been", "chat", False),
    Action("scroll_up", "pageup", "Up", "Scroll the conversation up", "chat", footer=False, priority=True),
    Action("scroll_down", "pagedown", "Down", "Scroll the conversation down", "chat", False, True),
    Action("run_on_nano", "n", "On nano", "Run this profile on the shipped small model", "doctor"),
    Action("check_again", "r", "Again", "Look again, and load when nothing is missing", "doctor"),
    Action("check_one", "c", "This one", "Make the chosen check again", "doctor", footer=False),
    Action(
        "mend", "f", "Fix", "Mend what the chosen check found, where that is safe", "doctor", footer=False
    ),
    Action("copy_report", "y", "Copy", "Send the report to the terminal's clipboard", "doctor", footer=False),
    Action("leave", "escape", "Chat", "Back to the conversation", "doctor"),
    Action("run_bench", "r", "Run", "Measure, and judge the profile's thresholds", "bench"),
    Action("baseline", "s", "Baseline", "Keep a bench as what later ones are judged by", "bench"),
    Action("stop_bench", "escape", "Stop", "Stop the bench; nothing of it is kept", "bench"),
    # The same key: of the two only one can be done.
    Action("leave", "escape", "Chat", "Back to the conversation", "bench"),
    Action("judge", "j", "Judge", "Ask every gate about the chosen candidate", "promotion"),
    Action("approve", "a", "Approve", "Make the chosen candidate the champion of its domain", "promotion"),
    Action("reject", "x", "Reject", "Say no to the chosen candidate, with a reason", "promotion", False),
    Action("roll_back", "u", "Undo", "Go back to the champion before, in its domain", "promotion", False),
    Action("look_again", "r", "Again", "Read quarantine and ledger again", "promotion", False),
    Action("next_section", "right", "Next", "The next section of what is known", "promotion", False),
    Action("previous_section", "left", "Previous", "The section before", "promotion", False),
    Action("stop_gates", "escape", "Stop", "Stop the gates; nothing is decided", "promotion"),
    Action("leave", "escape", "Chat", "Back to the conversation", "promotion"),
    Action("next_gpu", "ctrl+g", "Next GPU", "Show another GPU's figures", footer=False),
    Action("command_palette", "ctrl+p", "All", "Find any action or theme by its name", footer=False),
    Action("quit", "ctrl+q", "Quit", "End the program and the engine", footer=False, priority=True),
)

# Keys of the prompt itself, for the help screen.
PROMPT_KEYS = (
    ("Enter", "Send the question"),
    ("Shift+Enter, ^j", "A new line in the question"),
    ("Tab", "Move between the prompt and the conversation"),
)


def of(place: Place) -> tuple[Action, ...]:
    """The actions of one place, in footer order."""
    return tuple(action for action in ACTIONS if action.place == place)


def _binding(action: Action, prefix: str = "") -> Binding:
    return Binding(
        action.key,
        prefix + action.name,
        action.label,
        show=action.footer,
        key_display=action.key_words,
        priority=action.priority,
        tooltip=action.description,
        id=f"{action.place}.{action.name}",
    )


def bindings(place: Place) -> list[BindingType]:
    """The default keys of one place; ``id`` names the action for rebinding.

    A screen repeats the app's, so that its footer shows the same keys at the same spot everywhere.
    """
    if place == "app":
        return [_binding(action) for action in of("app")]
    shared = [_binding(action, "app.") for action in of("app")]
    return [*shared, *(_binding(action) for action in of(place))]
