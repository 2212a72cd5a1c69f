"""What an expert is: its identity, its base, what it is for, how it was measured."""

from __future__ import annotations

import hashlib
import json
import stat
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vortex_tui import atomic
from vortex_tui.errors import ExpertError
from vortex_tui.escape import one_line

SCHEMA = 1
MANIFEST = "manifest.json"
# More tell no more of an expert, and every one costs each decision a little.
MAX_EXEMPLARS = 256
# Sixteen KiB for each of as many exemplars as there may be, four times over: more is a mistake.
MAX_BYTES = 16 * 1024 * 1024
ADAPTER = "adapter"
CONFIG_FILE = "adapter_config.json"
WEIGHTS_FILE = "adapter_model.safetensors"


class ExpertManifest(BaseModel):
    """The ``manifest.json`` beside an ``adapter/`` folder."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: int = SCHEMA
    domain: str = Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
    run_id: str = Field(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
    title: str = ""
    description: str = ""
    content_hash: str = Field(pattern=r"^[0-9a-f]{64}$")
    base_fingerprint: str = Field(pattern=r"^[0-9a-f]{64}$")
    rank: int = Field(gt=0)
    alpha: float
    target_modules: tuple[str, ...]
    exemplars: tuple[str, ...] = Field((), max_length=MAX_EXEMPLARS)
    created: str = ""
    training: dict[str, Any] = {}
    evaluation: dict[str, Any] = {}

    @property
    def id(self) -> str:
        """``domain/run_id``, unique in a bank."""
        return f"{self.domain}/{self.run_id}"


def content_hash(config: bytes, weights: bytes) -> str:
    """SHA-256 (hex) over an adapter's two files, each preceded by its length in 8 bytes."""
    digest = hashlib.sha256()
    for part in (config, weights):
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part)
    return digest.hexdigest()


def _refuse(file: Path, found: str) -> ExpertError:
    return ExpertError(
        f"{one_line(str(file))} is not an expert's manifest",
        found=found,
        expected=f"JSON with the keys of schema {SCHEMA}",
        mend="vortex-tui experts verify",
    )


def read_bytes(file: Path) -> bytes:
    """A manifest's bytes. Raises ExpertError when it cannot be read or is larger than MAX_BYTES."""
    try:
        found = file.stat()
        # Opening a pipe would wait for somebody to write into it.
        if not stat.S_ISREG(found.st_mode):
            raise _refuse(file, "not a file")
        if found.st_size > MAX_BYTES:
            raise _refuse(file, f"{found.st_size:,} bytes, more than {MAX_BYTES:,}")
        return file.read_bytes()
    except OSError as error:
        raise _refuse(file, error.strerror or str(error)) from error
    except ValueError as error:  # a path no file can have
        raise _refuse(file, str(error)) from error


def parse(raw: bytes, file: Path) -> ExpertManifest:
    """The manifest in ``raw``; ``file`` is named when it is refused. Raises ExpertError."""
    try:
        data = json.loads(raw)
        # JSON can spell half a character; no tokenizer, terminal or protocol could take it.
        json.dumps(data, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise _refuse(file, str(error)) from error
    try:
        return ExpertManifest.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"])) or "the whole"
        raise _refuse(file, f"{one_line(key)}: {first['msg']}") from error


def load(file: Path) -> ExpertManifest:
    """Read a manifest. Raises ExpertError."""
    return parse(read_bytes(file), file)


def save(manifest: ExpertManifest, folder: Path) -> None:
    """Write ``folder/manifest.json``. Raises StorageError."""
    atomic.write_json(folder / MANIFEST, manifest.model_dump(mode="json"))
