"""What the documents say is so: commands parse, links lead somewhere, lines that exist run."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import click
import pytest

from tests.support.command import ROOT, run
from tests.support.lessons import lessons, write
from vortex_tui.bench.report import json_schema
from vortex_tui.cli import cli

README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")])
BLOCK = re.compile(r"```(?:bash|powershell)\n(.*?)```", re.DOTALL)
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
ROW = re.compile(r"^\|(?P<seed>[^|]+)\|(?P<ours>[^|]+)\|(?P<exists>[^|]+)\|$", re.MULTILINE)


def blocks(text: str) -> list[str]:
    """The lines of a document's shell blocks."""
    return [line for block in BLOCK.findall(text) for line in block.splitlines()]


def parse(line: str) -> None:
    """Let click read a command line without running it. Raises click.UsageError."""
    name, *arguments = shlex.split(line, comments=True)
    command: click.Command | None = cli
    context: click.Context | None = None
    while command is not None:
        context = command.make_context(name, arguments, parent=context)
        rest = [*context._protected_args, *context.args]
        if not isinstance(command, click.Group) or not rest:
            return
        name, command, arguments = command.resolve_command(context, rest)


def seed_rows() -> list[tuple[str, str, bool]]:
    """The table's rows: the seed's line, ours, whether ours exists."""
    text = (ROOT / "docs/seed-commands.md").read_text(encoding="utf-8")
    rows = [(m["seed"].strip(), m["ours"].strip(" `"), m["exists"].strip()) for m in ROW.finditer(text)]
    return [(seed, ours, exists == "yes") for seed, ours, exists in rows if exists in ("yes", "not yet")]


@pytest.mark.parametrize("line", [line for line in blocks(README) if line.startswith("vortex-tui")])
def test_a_command_line_of_the_readme_parses(line: str) -> None:
    parse(line)


def test_an_option_that_does_not_exist_would_be_noticed() -> None:
    with pytest.raises(click.UsageError):
        parse("vortex-tui bench --faster")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_ci_runs_the_readmes_own_test_command() -> None:
    (line,) = [line for line in blocks(README) if "tests/run.py" in line and line.startswith("python3")]
    assert line in (ROOT / ".ci/run").read_text(encoding="utf-8").splitlines()


def test_every_dependency_is_explained_and_nothing_else_is() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {re.split(r"[<>=\[ ]", line)[0] for line in project["dependencies"]}
    page = (ROOT / "docs/dependencies.md").read_text(encoding="utf-8").partition("## Extras")
    explained = set(re.findall(r"^\| ([a-z0-9-]+) \|", page[0], re.MULTILINE))
    assert explained == declared
    for extra in project["optional-dependencies"]:
        assert f"`{extra}`" in page[2]
    for line in project["optional-dependencies"]["dev"]:
        assert re.split(r"[<>=\[ ]", line)[0] in page[2]


def test_the_bench_schema_describes_itself() -> None:
    import jsonschema

    jsonschema.Draft202012Validator.check_schema(json_schema())


def test_the_table_of_the_seed_is_not_empty_and_its_missing_lines_are_really_missing() -> None:
    rows = seed_rows()
    assert len(rows) > 10
    for _, ours, exists in rows:
        if not exists:
            with pytest.raises(click.UsageError):
                parse(ours)


@pytest.mark.slow
@pytest.mark.parametrize("line", sorted({ours for _, ours, exists in seed_rows() if exists}))
def test_a_line_of_the_seed_that_exists_runs(line: str, tmp_path: Path) -> None:
    for domain in ("code", "docs"):
        write(tmp_path / "data" / "corpora" / domain / "train.jsonl", lessons("reversal", 40))
    done = run(*shlex.split(line)[1:], data=tmp_path, timeout=900)
    # A bench on a busy machine may miss a limit of its profile: it ran all the same.
    assert done.returncode == 0 or done.stdout.startswith("verdict: "), done.stderr
