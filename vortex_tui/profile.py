"""The typed profile: what a user runs, on which budget, under which rules.

Profiles are TOML files. Unknown keys are refused with the nearest known name.
"""

from __future__ import annotations

import contextlib
import difflib
import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError
from pydantic_core import ErrorDetails

from vortex_tui import atomic, paths
from vortex_tui.errors import ProfileError
from vortex_tui.escape import one_line

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Positive = Annotated[int, Field(gt=0, le=2**31 - 1)]
# TOML has arrays only; a frozen profile keeps tuples.
Names = Annotated[tuple[str, ...], Field(strict=False)]

# Of a key, a value or a path in a message: characters.
_LONGEST = 200


class Section(BaseModel):
    """A table of a profile: immutable, and closed to unknown keys."""

    # A number that is not finite is no limit and no rate.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Core(Section):
    """Which weights answer, and through which backend."""

    backend: Literal["hf", "llama_cpp", "remote"] = "hf"
    hf_model: str = Field("nano", description="a folder, a name in the local cache, or nano")
    hf_quantization: Literal["nf4", "int8", "none"] = "nf4"
    hf_offload: Literal["none", "safe"] = "none"
    llama_cpp_model_path: str = ""
    fallback: Literal["llama_cpp", "none"] = "llama_cpp"
    kv_type: Literal["f16", "q8_0"] = "f16"
    speculation: Literal["off", "prompt_lookup"] = "off"
    system_prompt: str = ""


class Budget(Section):
    """Hard limits: mebibytes and tokens."""

    max_vram_mb: Positive = 15500
    ctx_tokens: Annotated[int, Field(ge=16, le=2**31 - 1)] = 4096
    ctx_overflow_policy: Literal["refuse", "drop_oldest", "keep_tail"] = "refuse"
    kv_host_mb: Annotated[int, Field(ge=0, le=2**31 - 1)] = 2048


class Decode(Section):
    """How the next token is chosen. A temperature of 0 is greedy; a seed of -1 means none."""

    max_new_tokens: Positive = 512
    temperature: Annotated[float, Field(ge=0.0, le=10.0)] = 0.7
    top_p: Annotated[float, Field(gt=0.0, le=1.0)] = 1.0
    top_k: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    min_p: Share = 0.0
    repetition_penalty: Annotated[float, Field(gt=0.0, le=10.0)] = 1.0
    seed: Annotated[int, Field(ge=-1, lt=2**63)] = -1


class Router(Section):
    """How experts are chosen for a prompt."""

    mode: Literal["hybrid", "lexical", "dense", "manual", "off"] = "hybrid"
    top_k: Positive = 2
    mix_mode: Literal["weighted", "single"] = "weighted"
    encoder: str = "base"
    max_harm: Share = 0.02


class Experts(Section):
    """The bank of LoRA experts."""

    enabled: bool = True
    max_loaded: Positive = 6
    router: Router = Router()


class BenchThresholds(Section):
    """What a bench must reach."""

    min_tokens_per_sec: Annotated[float, Field(ge=0.0)] = 10.0
    max_regression: Share = 0.15
    max_vram_peak_mb: Positive = 15500
    required_ctx: Positive = 4096


class Web(Section):
    """The allowlisted web tool."""

    enabled: bool = False


class Tools(Section):
    """Tools the assistant may use."""

    web: Web = Web()


class WebSecurity(Section):
    """Where the web tool may go."""

    strict: bool = True
    allowlist_domains: Names = ()


class Security(Section):
    """Everything is denied unless it is named here."""

    allow_download: bool = False
    allow_promotion_without_baseline: bool = False
    web: WebSecurity = WebSecurity()


class Learning(Section):
    """Consent to keep feedback as training examples."""

    enabled: bool = False


class Server(Section):
    """The OpenAI-compatible server and where it trains."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    train_strategy: Literal["auto", "subprocess_unload", "wsl_subprocess_unload"] = "auto"
    wsl_distribution: str = ""
    wsl_workdir: str = ""
    wsl_python: str = "python"


class Profile(Section):
    """A whole profile. Its name is not one of its keys: a file does not name itself."""

    _name: str = PrivateAttr("nano")
    core: Core = Core()
    budget: Budget = Budget()
    decode: Decode = Decode()
    experts: Experts = Experts()
    bench_thresholds: BenchThresholds = BenchThresholds()
    tools: Tools = Tools()
    security: Security = Security()
    learning: Learning = Learning()
    server: Server = Server()

    @property
    def name(self) -> str:
        """The stem of the file it was read from."""
        return self._name

    def mocked(self) -> Profile:
        """This profile's rules with nano's weights in place of its own."""
        core = {"backend": "hf", "hf_model": "nano", "llama_cpp_model_path": ""}
        router = self.experts.router.model_copy(update={"encoder": "base"})
        return self.model_copy(
            update={
                "core": self.core.model_copy(update=core),
                "experts": self.experts.model_copy(update={"router": router}),
            }
        )


def _folders() -> tuple[Path, Path]:
    return paths.user_config() / "profiles", paths.shipped_profiles()


def known() -> dict[str, Path]:
    """Every profile by name; the user's own come before the shipped ones."""
    found: dict[str, Path] = {}
    for folder in reversed(_folders()):
        # A folder that cannot be looked into offers nothing; it is no reason to stop.
        with contextlib.suppress(OSError):
            found |= {file.stem: file for file in sorted(folder.glob("*.toml"))}
    return found


def _locate(name: str) -> Path:
    if name.endswith(".toml") or "/" in name or "\\" in name:
        # A home that is not known stays in the path, and reading it says so.
        return Path(os.path.expanduser(name))  # noqa: PTH111
    profiles = known()
    if name in profiles:
        return profiles[name]
    near = difflib.get_close_matches(name, profiles, n=1, cutoff=0.5)
    raise ProfileError(
        f"there is no profile {one_line(name)!r}",
        expected=f"one of {', '.join(sorted(profiles))}, or a path to a .toml file",
        mend=f"vortex-tui --profile {near[0] if near else 'nano'}",
    )


def _read(file: Path) -> dict[str, Any]:
    try:
        raw = file.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a path no file can have.
        raise ProfileError(
            f"could not read the profile {_shown(file)}",
            found=(error.strerror if isinstance(error, OSError) else None) or str(error),
            expected=f"a readable .toml file; shipped are {', '.join(sorted(known()))}",
        ) from error
    if not raw.strip():
        # Every key has a default, but an empty file is a lost one more often than a wish for them.
        raise ProfileError(f"the profile {_shown(file)} is empty", expected="TOML in UTF-8")
    try:
        # Some editors begin a UTF-8 file with a byte order mark.
        return tomllib.loads(raw.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProfileError(
            f"the profile {_shown(file)} is not TOML", found=_shown(error), expected="TOML in UTF-8"
        ) from error


def _children(model: type[BaseModel]) -> dict[str, type[BaseModel] | None]:
    return {
        name: kind if isinstance(kind := field.annotation, type) and issubclass(kind, BaseModel) else None
        for name, field in model.model_fields.items()
    }


def keys(model: type[BaseModel] = Profile, prefix: str = "") -> Iterator[str]:
    """Every dotted key a profile may hold."""
    for name, child in _children(model).items():
        if child is None:
            yield prefix + name
        else:
            yield from keys(child, f"{prefix}{name}.")


def _nearest(key: str) -> str:
    every = list(keys())
    tables = {name.rpartition(".")[0] for name in every}
    tables |= {name.partition(".")[0] for name in tables}
    names = sorted({*every, *tables})
    # A right name under the wrong table is the likelier slip than a misspelt table.
    moved = [name for name in names if name.rpartition(".")[2] == key.rpartition(".")[2]]
    return difflib.get_close_matches(key, moved or names, n=1, cutoff=0.0)[0]


def _shown(value: object) -> str:
    """On one line, and not longer than a line or two."""
    text = one_line(str(value))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _refusal(file: Path, detail: ErrorDetails) -> ProfileError:
    key = ".".join(str(part) for part in detail["loc"])
    if detail["type"] == "extra_forbidden":
        return ProfileError(
            f"{_shown(file)}: unknown key {_shown(key)!r}",
            expected=f"a known key; the nearest is {_nearest(key[:_LONGEST])!r}",
            mend=f"rename or remove {_shown(key)!r}",
        )
    expected = (
        f"a table, [{key}]" if detail["type"] == "model_type" else detail["msg"].replace("tuple", "array")
    )
    return ProfileError(
        f"{_shown(file)}: bad value for {_shown(key)!r}",
        found=_shown(repr(detail["input"])),
        expected=expected,
        mend=f"edit {_shown(file)}",
    )


def parse(data: dict[str, Any], file: Path) -> Profile:
    """Validate ``data`` read from ``file``. Raises ProfileError on the first unknown key or bad value."""
    try:
        profile = Profile.model_validate(data)
    except ValidationError as error:
        raise _refusal(file, error.errors()[0]) from error
    profile._name = file.stem
    return profile


def load(name: str = "nano") -> Profile:
    """Load a profile by name or by path. Raises ProfileError."""
    file = _locate(name)
    return parse(_read(file), file)


def dump(profile: Profile) -> str:
    """The profile as TOML, every key written out."""
    return tomli_w.dumps(profile.model_dump(mode="json"))


def save(profile: Profile, file: Path) -> None:
    """Write the profile to ``file``. Raises StorageError; then ``file`` is as it was."""
    atomic.write_text(file, dump(profile))
