"""Load a safetensors folder through transformers, quantised by bitsandbytes."""

from __future__ import annotations

import inspect
from collections import Counter
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import AutoConfig, AutoModelForCausalLM, BitsAndBytesConfig, PreTrainedModel

from vortex_tui.engine.backends import hf_cache, hf_placement
from vortex_tui.engine.model_folder import ModelFolder
from vortex_tui.engine.offload import Plan
from vortex_tui.errors import BudgetError, ModelError
from vortex_tui.escape import one_line


def device() -> torch.device:
    """The first CUDA device, else the CPU."""
    return torch.device("cuda", 0) if torch.cuda.is_available() else torch.device("cpu")


def compute_dtype(place: torch.device) -> torch.dtype:
    """bfloat16 on a GPU; float32 on a CPU, where it keeps results deterministic to the last bit."""
    return torch.bfloat16 if place.type == "cuda" else torch.float32


def _quantization(kind: str, dtype: torch.dtype, *, split: bool) -> BitsAndBytesConfig | None:
    # Modules that the device map has on the CPU are then kept in ``dtype``; without it they are refused.
    offload = {"llm_int8_enable_fp32_cpu_offload": split}
    if kind == "nf4":
        return BitsAndBytesConfig(
            **offload,
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=dtype,
        )
    return BitsAndBytesConfig(**offload, load_in_8bit=True) if kind == "int8" else None


def _refuse(folder: ModelFolder, error: Exception) -> ModelError:
    return ModelError(
        f"{one_line(str(folder.path))} could not be loaded",
        found=one_line(str(error)[:400]),
        expected="a causal language model that this version of transformers knows",
        mend="check the folder, or try nano: vortex-tui --mock",
    )


def load_model(folder: ModelFolder, quantization: str, plan: Plan | None = None) -> PreTrainedModel:
    """Load the weights on one device, or as planned. Raises ModelError, or BudgetError without room."""
    place = torch.device("cpu") if plan is not None and not plan.gpu_bytes else device()
    dtype = compute_dtype(place)
    options: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    try:
        config = AutoConfig.from_pretrained(folder.path, **options)
        model, outcome = AutoModelForCausalLM.from_pretrained(
            folder.path,
            config=config,
            dtype=dtype,
            quantization_config=_quantization(quantization, dtype, split=plan is not None and plan.split),
            device_map=hf_placement.device_map(plan, place),
            use_safetensors=True,
            output_loading_info=True,
            **options,
        )
    except torch.OutOfMemoryError as error:
        raise BudgetError(
            "the model does not fit on the card",
            found=one_line(str(error)[:200]),
            expected=f"room for {folder.weight_bytes // 2**20} MiB of weights as stored, less when quantised",
            mend="quantise (core.hf_quantization), close what else uses the card, or take a smaller model",
        ) from error
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, ImportError, SafetensorError) as error:
        raise _refuse(folder, error) from error
    _check_whole(folder, outcome)
    _check_steps(folder, model)
    if hf_placement.quantises(plan):
        _check_quantised(model, quantization, folder)
    hf_placement.settle(model, plan)
    if dtype == torch.float32:
        _keep_float32(model)
    return model.eval()


def linear_kinds(model: PreTrainedModel) -> Counter[str]:
    """How many linear layers there are of each class: bitsandbytes' are the quantised ones."""
    linear = (module for module in model.modules() if isinstance(module, torch.nn.Linear))
    return Counter(type(module).__name__ for module in linear)


def _check_whole(folder: ModelFolder, outcome: dict[str, Any]) -> None:
    """transformers fills weights that are not in the file with random ones, and only warns."""
    absent = sorted({*outcome["missing_keys"], *map(str, outcome["mismatched_keys"])})
    if absent:
        raise ModelError(
            f"{one_line(str(folder.path))} lacks weights that its configuration needs",
            found=f"{len(absent)} missing or of another shape, as {one_line(absent[0])}",
            expected="weights and config.json of the same model",
            mend="copy the model's folder whole",
        )


def _check_steps(folder: ModelFolder, model: PreTrainedModel) -> None:
    """The decoding loop says positions and which logits it needs; not every architecture listens."""
    known = inspect.signature(model.forward).parameters
    wanted = {"position_ids", "logits_to_keep", hf_cache.argument(model)}
    takes_any = any(each.kind is inspect.Parameter.VAR_KEYWORD for each in known.values())
    if not takes_any and (absent := sorted(wanted - set(known))):
        raise ModelError(
            f"{one_line(str(folder.path))} cannot be decoded step by step here",
            found=f"{type(model).__name__} without {', '.join(absent)}",
            expected="a causal language model of the Llama, Qwen, Mistral, Gemma or Phi-3 kind",
        )


def _keep_float32(model: PreTrainedModel) -> None:
    """Keep bitsandbytes from repacking 4-bit weights for AVX512-BF16, which computes in bfloat16.

    It would do so whatever compute type was asked for, and each reading of the state (PEFT
    reads it to attach an adapter) unpacks them again with a loss: the base itself would change.
    """
    for module in model.modules():
        if hasattr(module, "support_avx512bf16_for_cpu"):
            module.support_avx512bf16_for_cpu = False


def _check_quantised(model: PreTrainedModel, quantization: str, folder: ModelFolder) -> None:
    wanted = {"nf4": "Linear4bit", "int8": "Linear8bitLt"}.get(quantization)
    if wanted and not any(type(module).__name__ == wanted for module in model.modules()):
        raise ModelError(
            f"{one_line(str(folder.path))} was not quantised",
            found="no quantised layer",
            expected=f"layers of bitsandbytes' {wanted}",
            mend="install bitsandbytes, or set core.hf_quantization to none",
        )
