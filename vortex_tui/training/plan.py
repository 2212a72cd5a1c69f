"""What is to be trained, where and how: decided and checked before anything is started."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from vortex_tui.engine import fingerprint, model_folder
from vortex_tui.errors import ModelError, UsageError
from vortex_tui.escape import one_line
from vortex_tui.experts import bank, bank_index, standing
from vortex_tui.profile import Profile
from vortex_tui.training import corpus, runs
from vortex_tui.training.recipe import Change
from vortex_tui.training.spec import JobSpec


@dataclass(frozen=True, slots=True)
class Plan:
    """One job a domain, ``at_once`` of them at a time."""

    data_dir: Path
    jobs: tuple[JobSpec, ...]
    at_once: int = 1


def make(
    profile: Profile,
    data_dir: Path,
    domains: Sequence[str],
    *,
    data: Path | None = None,
    output: Path | None = None,
    change: Change | None = None,
    fresh: bool = False,
    at_once: int = 1,
) -> Plan:
    """The plan for ``domains``. Raises CorpusError, ModelError or UsageError for what cannot be trained.

    StorageError where it is not known which experts serve.
    ``data`` is where corpora are and ``output`` where experts go; the data folder is both by default.
    """
    names = tuple(dict.fromkeys(domains))
    if not names:
        raise UsageError("no domain is named", expected="--domains a,b")
    found = _folder(profile)
    parents = _champions(profile, data_dir, fingerprint.of_folder(found))
    at_once = min(at_once, len(names))
    jobs = []
    for name in names:
        job = _spec(
            name,
            profile_name=profile.name,
            profile=profile.model_dump(mode="json"),
            corpus=str(corpus.folder_of(data or data_dir, name).absolute()),
            quarantine=str(runs.quarantine_of(output or data_dir).absolute()),
            change=change or Change(),
            fresh=fresh,
            parent=parents.get(name, ""),
            share=1 / at_once,
        )
        corpus.read(Path(job.corpus))
        jobs.append(job)
    return Plan(data_dir, tuple(jobs), at_once)


def _spec(name: str, **told: object) -> JobSpec:
    try:
        return JobSpec.model_validate({"domain": name, **told})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise UsageError(
            f"{one_line(name)!r} cannot be a domain",
            found=first["msg"],
            expected="up to 64 letters, digits, dots, dashes and underscores",
        ) from error


def _folder(profile: Profile) -> model_folder.ModelFolder:
    """The base in safetensors: a GGUF is not trained on. Raises ModelError."""
    if profile.core.backend == "remote":
        raise ModelError(
            "the profile has no weights of its own",
            found='core.backend = "remote"',
            expected="a model folder in safetensors in core.hf_model",
            mend="train under another profile, or on nano: --mock",
        )
    return model_folder.inspect(model_folder.locate(profile.core.hf_model))


def _champions(profile: Profile, data_dir: Path, base: str) -> dict[str, str]:
    """By domain, the id of the expert that serves it now."""
    with_nano = profile.core.hf_model == model_folder.NANO
    cache = bank_index.folder_of(data_dir)
    entries = standing.entries(base, data_dir, with_nano=with_nano, cache=cache, create=False)
    return {domain: entry.id for domain, entry in bank.champions(entries).items()}
