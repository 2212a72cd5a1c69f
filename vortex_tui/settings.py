"""Every key a profile may hold, with its type, its bounds and its default."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, field_validator
from pydantic_core import PydanticCustomError

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Positive = Annotated[int, Field(gt=0, le=2**31 - 1)]
# TOML has arrays only; a frozen profile keeps tuples.
Names = Annotated[tuple[str, ...], Field(strict=False)]


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
    # The worker's memory on the host; 0 is whatever is available.
    max_host_mb: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    min_disk_free_mb: Annotated[int, Field(ge=0, le=2**31 - 1)] = 1024
    max_cache_mb: Positive = 20480


class Decode(Section):
    """How the next token is chosen. A temperature of 0 is greedy; a seed of -1 means none."""

    max_new_tokens: Positive = 512
    temperature: Annotated[float, Field(ge=0.0, le=10.0)] = 0.7
    top_p: Annotated[float, Field(gt=0.0, le=1.0)] = 1.0
    top_k: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    min_p: Share = 0.0
    repetition_penalty: Annotated[float, Field(gt=0.0, le=10.0)] = 1.0
    seed: Annotated[int, Field(ge=-1, lt=2**63)] = -1


# The last two choose nothing; centroid, knn, logistic and arrow are there to be compared with.
ROUTER_MODES = ("hybrid", "lexical", "dense", "centroid", "knn", "logistic", "arrow", "manual", "off")


def foreign_modes() -> dict[str, EntryPoint]:
    """Router modes that installed packages add, by the entry points of ``vortex_tui.routers``."""
    return {point.name: point for point in entry_points(group="vortex_tui.routers")}


class Router(Section):
    """How experts are chosen for a prompt."""

    mode: str = Field("hybrid", description="hybrid, lexical, dense, centroid, arrow, manual, off")
    top_k: Positive = 2
    mix_mode: Literal["weighted", "single"] = "weighted"
    encoder: str = "base"
    max_harm: Share = 0.02

    @field_validator("mode")
    @classmethod
    def _known(cls, mode: str) -> str:
        if mode not in ROUTER_MODES and mode not in foreign_modes():
            raise PydanticCustomError("mode", f"Input should be one of {', '.join(ROUTER_MODES)}")
        return mode


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


class Promotion(Section):
    """What a candidate must reach: shares of prompts, or nats a token where answers are measured by loss."""

    min_gain: Annotated[float, Field(gt=0.0, le=1.0)] = 0.05
    margin: Annotated[float, Field(gt=0.0, le=1.0)] = 0.05
    max_harm: Share = 0.05
    max_theft: Share = 0.03
    max_ece_rise: Share = 0.03
    max_slowdown: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.15
    max_growth: Annotated[float, Field(ge=0.0, le=100.0)] = 1.0
    min_samples: Annotated[int, Field(ge=10, le=2**31 - 1)] = 60


class Learning(Section):
    """Consent to keep feedback as training examples, and when experts are trained on it.

    An expert is trained anew, so it knows nothing of the older examples that it is not given.
    """

    enabled: bool = False
    min_examples: Positive = 32
    replay_share: Share = 1.0
    interval_minutes: Annotated[float, Field(ge=0.0, le=525_600.0)] = 60.0


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
    promotion: Promotion = Promotion()
    learning: Learning = Learning()
    server: Server = Server()

    @property
    def name(self) -> str:
        """The stem of the file it was read from."""
        return self._name

    def named(self, name: str) -> Profile:
        """This profile under another name."""
        copy = self.model_copy()
        copy._name = name
        return copy

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
