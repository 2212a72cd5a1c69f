"""Which version is champion of each domain: one small file, replaced whole, read by whoever opens the bank.

It is written by ``promotion.registry`` alone. A domain that is not in it is served by its newest usable
version. Aliases are kept by base: a data folder may serve several, and a domain has a champion for each.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vortex_tui.errors import StorageError
from vortex_tui.escape import one_line

# Former champions that are remembered, of each domain.
HISTORY = 16
Stamp = tuple[int, ...]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Champion(_Record):
    """A version by id and content hash; ``since`` when it was promoted, empty where nobody promoted it."""

    id: str
    content_hash: str = Field(pattern=r"^[0-9a-f]{64}$")
    since: str = ""


class Alias(_Record):
    """A domain's champion, and those before it, the latest last. None: nobody serves the domain."""

    champion: Champion | None
    history: tuple[Champion | None, ...] = ()

    def promoted(self, candidate: Champion) -> Alias:
        """The alias after a promotion."""
        return Alias(champion=candidate, history=(*self.history, self.champion)[-HISTORY:])

    def rolled_back(self, places: int) -> Alias:
        """The alias after going back to the ``places``-th former champion, 1 for the last one."""
        return Alias(champion=self.history[-places], history=self.history[:-places])


class Aliases(_Record):
    """Every alias, by the base's fingerprint and the domain."""

    schema_version: Literal[1] = Field(1, alias="schema")
    bases: dict[str, dict[str, Alias]] = {}

    def of(self, base: str, domain: str) -> Alias | None:
        """The alias of a domain under a base; None where there is none."""
        return self.bases.get(base, {}).get(domain)

    def replaced(self, base: str, domain: str, alias: Alias | None) -> Aliases:
        """The aliases with that one changed; None takes it away."""
        domains = {name: kept for name, kept in self.bases.get(base, {}).items() if name != domain}
        if alias is not None:
            domains[domain] = alias
        bases = {name: kept for name, kept in self.bases.items() if name != base}
        return Aliases(bases=bases | ({base: domains} if domains else {}))

    def encoded(self) -> bytes:
        """What is written."""
        return (self.model_dump_json(by_alias=True, indent=1) + "\n").encode()


def file_of(data_dir: Path) -> Path:
    """Where a data folder keeps its aliases."""
    return data_dir / "experts_hf" / "registry" / "aliases.json"


def read(data_dir: Path) -> Aliases:
    """The aliases; none where there is no file. Raises StorageError for a file that is damaged."""
    file = file_of(data_dir)
    try:
        return Aliases.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return Aliases()
    except OSError as error:
        raise _refused(file, error.strerror or str(error)) from error
    except ValidationError as error:
        raise _refused(file, error.errors(include_url=False)[0]["msg"]) from error


def stamp(data_dir: Path) -> Stamp:
    """What changes whenever the aliases are written; cheap to ask. Empty where there are none."""
    try:
        found = file_of(data_dir).stat()
    except OSError:
        return ()
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino


def _refused(file: Path, found: str) -> StorageError:
    return StorageError(
        f"{one_line(str(file))} does not say who the champions are",
        found=one_line(found)[:200],
        expected="the aliases as a promotion wrote them",
        mend="vortex-tui ledger --mend writes them anew from the ledger",
    )
