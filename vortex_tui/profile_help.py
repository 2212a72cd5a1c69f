"""One sentence for every key of a profile, and the key with its value; a test holds that none is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from vortex_tui.profile import keys
from vortex_tui.settings import Profile

HELP = {
    "core.backend": "hf (transformers on safetensors), llama_cpp (a GGUF), or remote",
    "core.hf_model": "a folder, a name in the local cache, or nano",
    "core.hf_quantization": "nf4 (4 bits), int8, or none; nano's GGUF is then Q4_K_M, Q8_0 or F16",
    "core.hf_offload": "safe: layers beyond the budget stay with the CPU, planned before the load",
    "core.llama_cpp_model_path": "a .gguf file; preferred where it is there",
    "core.fallback": "what answers when transformers cannot open the model: llama_cpp or none",
    "core.kv_type": "how llama.cpp keeps K/V: f16, or q8_0 in about half the memory",
    "core.speculation": "prompt_lookup: drafts taken from the context itself, on llama.cpp; or off",
    "core.system_prompt": "said before every conversation",
    "budget.max_vram_mb": "MiB of the GPU that may be used",
    "budget.ctx_tokens": "tokens of a prompt and its answer together",
    "budget.ctx_overflow_policy": "a conversation that is too long: refuse, drop_oldest or keep_tail",
    "budget.kv_host_mb": "MiB of host memory for K/V of other conversations and mixes",
    "budget.max_host_mb": "MiB of host memory that the engine may use; 0 is whatever is available",
    "budget.min_disk_free_mb": "MiB of the disk that stay free: what would leave less is not written",
    "budget.max_cache_mb": "MiB of the data folder's cache; the least recently used converted files go first",
    "decode.max_new_tokens": "tokens of an answer at most",
    "decode.temperature": "0 is greedy; more is more varied",
    "decode.top_p": "only the likeliest tokens that have this probability together; 1 means all",
    "decode.top_k": "only this many of the likeliest tokens; 0 means all",
    "decode.min_p": "no token below this share of the likeliest one's probability",
    "decode.repetition_penalty": "above 1, what was said becomes less likely",
    "decode.seed": "the same seed gives the same answer; -1 draws a fresh one",
    "experts.enabled": "whether experts are used at all",
    "experts.max_loaded": "experts in memory at once",
    "experts.router.mode": "how experts are chosen: hybrid, lexical, dense, arrow, manual, off, …",
    "experts.router.top_k": "experts in a mix at most",
    "experts.router.mix_mode": "weighted: several with weights; single: the best alone",
    "experts.router.encoder": "what compares prompts: base, lexical, or a sentence-transformers folder",
    "experts.router.max_harm": "share of the prompts that should stay with the base that may get an expert",
    "bench_thresholds.min_tokens_per_sec": "a slower bench fails",
    "bench_thresholds.max_regression": "share of the baseline's speed that may be lost",
    "bench_thresholds.max_vram_peak_mb": "MiB of the GPU at the peak; a bench with more fails",
    "bench_thresholds.required_ctx": "tokens of context that must be possible",
    "tools.web.enabled": "whether the web tool may be used",
    "security.allow_download": "whether models may be fetched",
    "security.allow_promotion_without_baseline": "whether experts may be promoted without a baseline",
    "security.web.strict": "whether the web tool keeps to its strictest rules",
    "security.web.allowlist_domains": "the only domains the web tool may go to",
    "promotion.min_gain": "what a candidate must gain on its domain: share of prompts, or nats a token",
    "promotion.margin": "what it may not lose on any other domain, in the same units",
    "promotion.max_harm": "share of the prompts without an expert that it may spoil",
    "promotion.max_theft": "share of other domains' prompts that it may take and answer worse",
    "promotion.max_ece_rise": "how much worse the router's probability may become (calibration error)",
    "promotion.max_slowdown": "share of the champion's speed that may be lost",
    "promotion.max_growth": "memory beyond the champion's, as a share of it",
    "promotion.min_samples": "prompts of its domain that it must be judged by",
    "learning.enabled": "consent to keep feedback as training examples",
    "learning.min_examples": "new examples of a domain before self-training trains on them",
    "learning.replay_share": "share of the domain's older training data that is trained on beside them",
    "learning.interval_minutes": "minutes between two looks of self-training for new examples",
    "server.host": "the address to listen on; 127.0.0.1 is this machine alone",
    "server.port": "the port to listen on; 0 takes a free one",
    "server.train_strategy": "where training runs: auto, subprocess_unload or wsl_subprocess_unload",
    "server.wsl_distribution": "the WSL distribution that trains; empty means the default one",
    "server.wsl_workdir": "the checkout's folder inside WSL",
    "server.wsl_python": "the Python inside WSL",
}


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a profile, as plain values of JSON."""

    name: str
    value: Any
    default: Any
    help: str

    @property
    def is_default(self) -> bool:
        """True when the profile says what a profile without the key would."""
        return bool(self.value == self.default)


def described(profile: Profile) -> list[Key]:
    """Every key of ``profile``, in the order of its tables."""
    said, default = flat(profile), flat(Profile())
    return [Key(name, said[name], default[name], HELP.get(name, "")) for name in keys()]


def flat(profile: Profile) -> dict[str, Any]:
    """Values by dotted key, as JSON has them."""
    dumped = profile.model_dump(mode="json")
    return {name: _at(dumped, name) for name in keys()}


def _at(tables: dict[str, Any], key: str) -> Any:
    value: Any = tables
    for name in key.split("."):
        value = value[name]
    return value
