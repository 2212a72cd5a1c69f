"""What the gates found of a candidate: a file whose name is the hash of what it says."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, JsonValue, ValidationError

from vortex_tui import atomic
from vortex_tui.errors import StorageError, VortexError
from vortex_tui.escape import one_line

Verdict = Literal["PROMOTE", "REJECT", "INCONCLUSIVE"]
GateVerdict = Literal["pass", "fail", "inconclusive", "not_applicable"]


class PromotionError(VortexError):
    """A promotion that is refused: nothing was moved."""

    code: ClassVar[str] = "promotion"


class Record(BaseModel):
    """Base of what is written: immutable, closed to unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Version(Record):
    """One version of an expert: ``domain/run_id`` and the content hash of its adapter."""

    id: str
    content_hash: str = Field(pattern=r"^[0-9a-f]{64}$")

    @property
    def domain(self) -> str:
        """The domain it serves."""
        return self.id.partition("/")[0]


class Gate(Record):
    """One gate: what was measured with its interval, what was wanted, on how many samples, and why."""

    id: str
    title: str
    verdict: GateVerdict
    value: FiniteFloat | None = None
    low: FiniteFloat | None = None
    high: FiniteFloat | None = None
    threshold: FiniteFloat | None = None
    unit: str = ""
    samples: int = 0
    reason: str
    details: dict[str, JsonValue] = {}


class Moved(Record):
    """A prompt whose mix differs with the candidate: who answered it before, and who does now."""

    prompt: str
    domain: str
    before: dict[str, FiniteFloat]
    after: dict[str, FiniteFloat]
    better: bool | None = Field(None, description="null where both are right or both are wrong")


class Sample(Record):
    """One held prompt answered by both, side by side; ``expected`` is the right answer."""

    prompt: str
    expected: str
    champion: str
    candidate: str


class GateReport(Record):
    """Everything a verdict rests on. ``champion`` is null where the domain has none yet."""

    schema_version: Literal[1] = Field(1, alias="schema")
    created: str
    profile: str
    mock: bool
    candidate: Version
    candidate_manifest: str = Field(
        "", description="SHA-256 of its manifest.json: what it is routed by lies there, not in its adapter"
    )
    champion: Version | None
    base_fingerprint: str
    bank: tuple[Version, ...] = Field(description="the champions it was judged among")
    policy: dict[str, JsonValue]
    policy_hash: str
    verdict: Verdict
    gates: tuple[Gate, ...]
    moved: tuple[Moved, ...] = ()
    samples: tuple[Sample, ...] = ()
    host: str = Field(description="fingerprint of the machine")
    versions: dict[str, str] = {}
    seconds: FiniteFloat = 0.0

    def encoded(self) -> bytes:
        """The very bytes that are written and hashed."""
        plain = self.model_dump(mode="json", by_alias=True)
        return (json.dumps(plain, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()

    @property
    def hash(self) -> str:
        """SHA-256 (hex) of ``encoded``."""
        return hashlib.sha256(self.encoded()).hexdigest()

    @property
    def failed(self) -> tuple[Gate, ...]:
        """The gates that did not pass, where they could be asked at all."""
        return tuple(gate for gate in self.gates if gate.verdict in ("fail", "inconclusive"))


def path_of(report_hash: str, data_dir: Path) -> Path:
    """Where the report of a hash is kept."""
    return data_dir / "logs" / "reports" / f"{report_hash}.json"


def write(report: GateReport, data_dir: Path) -> Path:
    """Keep a report under its hash. Raises StorageError."""
    file = path_of(report.hash, data_dir)
    atomic.write_bytes(file, report.encoded())
    return file


def read(report_hash: str, data_dir: Path) -> GateReport:
    """The report of a hash. Raises StorageError when it is missing, damaged or says something else."""
    file = path_of(report_hash, data_dir)
    try:
        raw = file.read_bytes()
        found = GateReport.model_validate_json(raw)
    except OSError as error:
        raise _refused(file, error.strerror or str(error)) from error
    except ValidationError as error:
        raise _refused(file, error.errors(include_url=False)[0]["msg"]) from error
    if (actual := hashlib.sha256(raw).hexdigest()) != report_hash:
        raise _refused(file, f"SHA-256 {actual[:16]}…")
    return found


def newest(candidate: Version, data_dir: Path) -> GateReport | None:
    """The last report of a candidate that can be read; None when there is none."""
    return newest_of_all(data_dir).get(candidate)


def newest_of_all(data_dir: Path) -> dict[Version, GateReport]:
    """The last report of each candidate that was judged."""
    return {found.candidate: found for found in sorted(_all(data_dir), key=lambda each: each.created)}


def _all(data_dir: Path) -> list[GateReport]:
    reports = []
    for file in path_of("x", data_dir).parent.glob("*.json"):
        try:
            reports.append(read(file.stem, data_dir))
        except StorageError:
            continue  # damaged: it proves nothing, and whoever names it is told
    return reports


def _refused(file: Path, found: str) -> StorageError:
    return StorageError(
        f"the gate report {one_line(str(file))} cannot be used",
        found=one_line(found)[:200],
        expected="a report as the gates wrote it",
        mend="judge the candidate again: vortex-tui promote ID",
    )
