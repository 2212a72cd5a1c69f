"""The command line: flags, commands, exit codes. 0 done; 1 refused or failed; 2 wrong usage or profile.

3 is the bench's and the gates': measured, and not enough to say.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence

import click

from vortex_tui import __version__
from vortex_tui.commands.bench import bench
from vortex_tui.commands.candidates import candidates
from vortex_tui.commands.chat import chat
from vortex_tui.commands.corpora import corpora
from vortex_tui.commands.doctor import doctor
from vortex_tui.commands.evaluate import evaluate
from vortex_tui.commands.experts import experts
from vortex_tui.commands.ingest import ingest
from vortex_tui.commands.judge import judge
from vortex_tui.commands.ledger import ledger
from vortex_tui.commands.prepare import prepare_model
from vortex_tui.commands.profiles import profiles
from vortex_tui.commands.promotion import promote, rollback
from vortex_tui.commands.route import route
from vortex_tui.commands.router import router
from vortex_tui.commands.self_train import self_train
from vortex_tui.commands.setting import Setting, example, shared
from vortex_tui.commands.train import train_experts, train_hf_experts
from vortex_tui.errors import VortexError
from vortex_tui.escape import visible

INTERRUPTED = 130
_BROKEN_PIPE = 1


@click.group(
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=example("vortex-tui --profile nano"),
)
@click.version_option(__version__, prog_name="vortex-tui")
@shared
@click.option("--bench", "run_bench", is_flag=True, help="Run the bench instead: the same as the command.")
@click.option("--json-out", metavar="FILE", help="With --bench: its report as JSON; - for stdout.")
def cli(setting: Setting, run_bench: bool, json_out: str | None) -> None:
    """A routed, exact mix of LoRA experts on one small model. Without a command: the workstation."""
    context = click.get_current_context()
    context.obj = setting
    if json_out and not run_bench:
        raise click.UsageError("--json-out goes with --bench, or after a command's name")
    if context.invoked_subcommand:
        if run_bench:
            raise click.UsageError(f"--bench and {context.invoked_subcommand} exclude each other")
    elif run_bench:
        context.invoke(bench, json_out=json_out)
    else:
        context.exit(_workstation(setting))


def _workstation(setting: Setting) -> int:
    from vortex_tui.commands.workstation import run

    return run(setting)


for command in (
    bench,
    candidates,
    chat,
    corpora,
    doctor,
    evaluate,
    experts,
    ingest,
    judge,
    ledger,
    prepare_model,
    profiles,
    promote,
    rollback,
    route,
    router,
    self_train,
    train_experts,
    train_hf_experts,
):
    cli.add_command(command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit the process with its code."""
    _prepare_streams()
    sys.exit(_run(arguments))


def _run(arguments: Sequence[str] | None) -> int:
    try:
        code = cli.main(arguments, prog_name="vortex-tui", standalone_mode=False)
        sys.stdout.flush()
    except VortexError as error:
        _say(str(error))
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:
        return _BROKEN_PIPE
    finally:
        _silence_broken_pipe()
    return code if isinstance(code, int) else 0


def _say(text: str) -> None:
    with contextlib.suppress(OSError):
        click.echo(visible(text), err=True)


def _prepare_streams() -> None:
    """Windows consoles default to a code page; elsewhere the locale stands, and nothing crashes on it."""
    encoding = "utf-8" if sys.platform == "win32" else None
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding=encoding, errors="backslashreplace")


def _silence_broken_pipe() -> None:
    """After a closed pipe, let the interpreter's last flush go nowhere instead of to a traceback."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            with contextlib.suppress(OSError, ValueError):
                os.dup2(nowhere, stream.fileno())
