"""A foreign file is first loaded by a process that nothing depends on: some files end whoever loads them.

llama.cpp asserts; what it asserts changes with its version, and soundness.py knows only what was met so far.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import json
import os
import subprocess
import sys
from pathlib import Path

from vortex_tui import atomic
from vortex_tui.errors import ModelError, StorageError, VortexError
from vortex_tui.escape import one_line

# A 7B from a slow disk, one batch on a slow CPU.
_PATIENCE_S = 300.0
_CELLS = 64
# Else ggml starts a debugger on itself when it ends.
_ENVIRONMENT = {"GGML_NO_BACKTRACE": "1"}


def check(file: Path, kv_type: str, data_dir: Path) -> None:
    """Raise ModelError for a file that llama.cpp does not survive; one that it did is not tried again."""
    mark = data_dir / "cache" / "trials" / f"{_key(file, kv_type)}.json"
    if mark.is_file():
        return
    _try(file, kv_type)
    # A folder that cannot be written only means that the next load tries again.
    with contextlib.suppress(OSError, StorageError):
        mark.parent.mkdir(parents=True, exist_ok=True)
        atomic.write_json(mark, {"survived": one_line(str(file))})


def _key(file: Path, kv_type: str) -> str:
    """Changes with the file, with llama.cpp, and with how the file is loaded."""
    found = file.stat()
    version = importlib.metadata.version("llama-cpp-python")
    parts = [str(file.resolve()), found.st_size, found.st_mtime_ns, kv_type, version]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _try(file: Path, kv_type: str) -> None:
    command = [sys.executable, "-P", "-m", __name__, str(file), kv_type]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=_PATIENCE_S,
            check=False,
            env=os.environ | _ENVIRONMENT,
        )
    except OSError as error:
        raise _refusal(file, f"its trial could not be started: {error.strerror}") from error
    except subprocess.TimeoutExpired:
        raise _refusal(file, f"no end after {_PATIENCE_S:.0f} s") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise _refusal(file, said[-1] if said else f"exit code {done.returncode}")


def _refusal(file: Path, found: str) -> ModelError:
    return ModelError(
        f"llama.cpp does not survive {one_line(str(file))}",
        found=one_line(found)[-300:],
        expected="a model that can be loaded and evaluates a few tokens",
        mend="download or convert it again, or update llama-cpp-python",
    )


def load(file: Path, kv_type: str) -> None:
    """What a worker does with a file: load it, read a text, answer a conversation. Raises VortexError."""
    from vortex_tui.engine.backends.llama.backend import LlamaBackend, Settings
    from vortex_tui.engine.protocol import ChatMessage, Sampling
    from vortex_tui.experts.mix import Mix

    def nothing(*_: object) -> Path:
        raise ModelError("a trial has no experts")

    backend = LlamaBackend(file, Settings(_CELLS, kv_type), nothing, nothing, lambda _stage, _done: None)
    try:
        backend.embed(["Hello, 12 é"])
        ids = backend.encode_chat((ChatMessage(role="user", content="Hello, 12 é"),))
        sampling = Sampling(max_new_tokens=2, temperature=0.0, min_new_tokens=2)
        decoding = backend.start([ids[: _CELLS // 2]], sampling, Mix())
        while not decoding.step():
            pass
        decoding.close()
    finally:
        backend.close()


def main() -> int:
    """0 unless the process ends: a refusal in words is the worker's to tell."""
    try:
        load(Path(sys.argv[1]), sys.argv[2])
    except VortexError as error:
        sys.stderr.write(f"refused: {error.message}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
