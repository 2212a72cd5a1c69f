"""The typed profile: what a user runs, on which budget, under which rules.

Profiles are TOML files. Unknown keys are refused with the nearest known name.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from vortex_tui import atomic, paths
from vortex_tui.errors import ProfileError
from vortex_tui.escape import one_line

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Positive = Annotated[int, Field(gt=0)]

# Not a name a TOML table can be mistaken for: a file does not name itself.
_NAME = "<name>"


class Section(BaseModel):
    """A table of a profile: immutable, and closed to unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


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
    ctx_tokens: Annotated[int, Field(ge=16)] = 4096
    ctx_overflow_policy: Literal["refuse", "drop_oldest", "keep_tail"] = "refuse"
    kv_host_mb: Annotated[int, Field(ge=0)] = 2048


class Decode(Section):
    """How the next token is chosen. A temperature of 0 is greedy; a seed below 0 means none."""

    max_new_tokens: Positive = 512
    temperature: Annotated[float, Field(ge=0.0, le=10.0)] = 0.7
    top_p: Annotated[float, Field(gt=0.0, le=1.0)] = 1.0
    top_k: Annotated[int, Field(ge=0)] = 0
    min_p: Share = 0.0
    repetition_penalty: Annotated[float, Field(gt=0.0, le=10.0)] = 1.0
    seed: int = -1


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
    allowlist_domains: list[str] = []


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
    """A whole profile. ``name`` is the file's stem."""

    name: str = Field("nano", exclude=True, validation_alias=_NAME)
    core: Core = Core()
    budget: Budget = Budget()
    decode: Decode = Decode()
    experts: Experts = Experts()
    bench_thresholds: BenchThresholds = BenchThresholds()
    tools: Tools = Tools()
    security: Security = Security()
    learning: Learning = Learning()
    server: Server = Server()

    def mocked(self) -> Profile:
        """This profile's rules with nano's weights in place of its own."""
        core = self.core.model_copy(update={"backend": "hf", "hf_model": "nano"})
        return self.model_copy(update={"core": core})


def _folders() -> tuple[Path, Path]:
    return paths.user_config() / "profiles", paths.shipped_profiles()


def known() -> dict[str, Path]:
    """Every profile by name; the user's own come before the shipped ones."""
    found: dict[str, Path] = {}
    for folder in reversed(_folders()):
        if folder.is_dir():
            found |= {file.stem: file for file in sorted(folder.glob("*.toml"))}
    return found


def _locate(name: str) -> Path:
    if name.endswith(".toml") or "/" in name or "\\" in name:
        return Path(name).expanduser()
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
        return tomllib.loads(file.read_bytes().decode("utf-8"))
    except OSError as error:
        raise ProfileError(
            f"could not read the profile {file}",
            found=error.strerror or str(error),
            expected=f"a readable .toml file; shipped are {', '.join(sorted(known()))}",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProfileError(
            f"the profile {file} is not TOML", found=str(error), expected="TOML in UTF-8"
        ) from error


def _children(model: type[BaseModel]) -> dict[str, type[BaseModel] | None]:
    return {
        name: kind if isinstance(kind := field.annotation, type) and issubclass(kind, BaseModel) else None
        for name, field in model.model_fields.items()
        if not field.exclude
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
    tables = sorted({known.rsplit(".", 1)[0] for known in every})
    # A right name under the wrong table is the likelier slip than a misspelt table.
    moved = [known for known in every if known.rsplit(".", 1)[-1] == key.rsplit(".", 1)[-1]]
    near = moved or difflib.get_close_matches(key, every + tables, n=1, cutoff=0.0)
    return near[0]


def _refusal(file: Path, detail: ErrorDetails) -> ProfileError:
    key = ".".join(str(part) for part in detail["loc"])
    if detail["type"] == "extra_forbidden":
        return ProfileError(
            f"{file}: unknown key {one_line(key)!r}",
            expected=f"a known key; the nearest is {_nearest(key)!r}",
            mend=f"rename or remove {one_line(key)!r}",
        )
    return ProfileError(
        f"{file}: bad value for {key!r}",
        found=one_line(repr(detail["input"])),
        expected=detail["msg"],
        mend=f"edit {file}",
    )


def parse(data: dict[str, Any], file: Path) -> Profile:
    """Validate ``data`` read from ``file``. Raises ProfileError on the first unknown key or bad value."""
    try:
        return Profile.model_validate({**data, _NAME: file.stem})
    except ValidationError as error:
        raise _refusal(file, error.errors()[0]) from error


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
