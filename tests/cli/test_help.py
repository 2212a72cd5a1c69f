"""Every command explains itself, with an example that parses."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from vortex_tui.cli import cli


def commands(
    command: click.Command, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            yield from commands(child, (*path, name))


EVERY = dict(commands(cli))


@pytest.mark.parametrize("path", EVERY, ids=" ".join)
def test_help_has_an_example_of_that_command(path: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(cli, [*path, "--help"])
    assert shown.exit_code == 0
    example = shown.output.rpartition("Example:")[2].strip()
    assert shlex.split(example)[: 1 + len(path)] == ["vortex-tui", *path]


@pytest.mark.parametrize(
    "path", [p for p, c in EVERY.items() if p and not isinstance(c, click.Group)], ids=" ".join
)
def test_every_command_takes_the_shared_options_and_has_a_json_form(path: tuple[str, ...]) -> None:
    options = {name for parameter in EVERY[path].params for name in parameter.opts}
    assert {"--profile", "--data-dir", "--mock"} <= options
    # A fit is a JSON document, wherever it goes.
    assert options & {"--json", "--json-out", "--out"}


def test_options_before_the_command_are_its_own_too() -> None:
    said = CliRunner().invoke(cli, ["--profile", "nanno", "doctor"])
    assert said.exit_code != 0
    assert "nanno" in str(said.exception)
