"""A random model in Qwen2.5-7B's exact shape on one card that is capped at 16 GiB: estimate against reality.

python docs/benchmarks/seven_b.py --dry-run                 # the budget of both backends, nothing is loaded
python docs/benchmarks/seven_b.py                           # needs a CUDA GPU and 32 GB of disk
python docs/benchmarks/seven_b.py --shape 0.5b --host       # a smaller shape on the CPU, in the host's memory

NF4 through transformers and Q4_K_M through llama.cpp, each with six rank-16 experts at 4,096 tokens: the load
beside its estimate, the peak with the context full under a mix of two, then the bench. Temporary files only.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from contextlib import aclosing
from pathlib import Path

import torch
from shapes import SHAPES, Shape, gguf_only, headers_only, write, write_expert

from vortex_tui import profile
from vortex_tui.bench.plan import Plan
from vortex_tui.bench.run import bench
from vortex_tui.engine.backends.llama.quantise import quantise
from vortex_tui.engine.budget import table
from vortex_tui.engine.budget.admission import admit
from vortex_tui.engine.budget.machine import MIB, Machine
from vortex_tui.engine.budget.subject import Model
from vortex_tui.engine.client import Engine
from vortex_tui.engine.model_folder import ModelFolder
from vortex_tui.engine.protocol import ChatMessage, Done, MemoryReport, Named, Sampling, Stats
from vortex_tui.gguf import convert
from vortex_tui.profile import Profile

_EXPERTS = 6
_CARD_MIB = 16 * 1024


def wanted(**core: str) -> Profile:
    """The flagship profile's rules, with these weights."""
    plain = profile.load("rtx4080_16gb_120b_like")
    # Mixes are named here: encoding the bank's prompts with random weights would tell nothing.
    router = plain.experts.router.model_copy(update={"mode": "manual"})
    return plain.model_copy(
        update={
            "core": plain.core.model_copy(update=core | {"fallback": "none"}),
            "experts": plain.experts.model_copy(update={"router": router}),
        }
    )


def dry_run(shape: Shape, folder: Path) -> None:
    """The tables that a load would be admitted by, from headers that are computed."""
    machine = Machine(_CARD_MIB * MIB, 64 * 1024 * MIB, torch_cuda=True, llama_gpu=True)
    models: dict[str, Model] = {
        "transformers, nf4": headers_only(shape),
        "llama.cpp, Q4_K_M": gguf_only(shape, folder / "q4_k_m.gguf"),
    }
    for title, model in models.items():
        print(f"\n{title}: a card of {_CARD_MIB:,} MiB, budget.max_vram_mb 15,500, 4,096 tokens, 6 experts")
        print("\n".join(table.lines(admit(wanted(), model, machine))))


def prepared(shape: Shape, kind: str, folder: Path, data: Path) -> ModelFolder:
    """Random weights and the experts that belong to them."""
    model = write(shape, folder, kind, "cuda" if torch.cuda.is_available() else "cpu")
    for number in range(_EXPERTS):
        write_expert(model, data, number)
    return model


def told(title: str, memory: MemoryReport) -> None:
    """How far the estimate was off right after the load."""
    off = "not told" if memory.error is None else f"{memory.error:+.1%}"
    found = "n/a" if memory.measured_mb is None else f"{memory.measured_mb:,.0f}"
    print(f"\n{title}: load estimated at {memory.expected_mb:,.0f} MiB, took {found}: {off}", flush=True)


async def measure(title: str, asked: Profile, data: Path, *, with_bench: bool) -> None:
    """Load, fill experts and context, and bench, on one engine."""
    async with Engine(data, face="seven_b") as engine:
        ready = await engine.load(asked)
        assert ready.memory is not None
        told(title, ready.memory)
        for number in range(_EXPERTS):
            await engine.attach(f"random{number}")
        await fill(engine, ready.ctx_tokens)
        peak(ready.memory, await engine.stats())
        if with_bench:
            bank = {f"random{number}/run-1": ("What is this?", "And that?") for number in range(_EXPERTS)}
            report = (await bench(engine, ready, Plan(asked, bank))).report
            for case in report.cases:
                print(
                    f"  {case.title:<16}{case.tokens_per_sec.median:>8.1f} tok/s, "
                    f"prefill {case.prefill_tokens_per_sec.median:>8.0f}, ttft {case.ttft_ms.median:.0f} ms"
                )
            print(f"  adapter {report.adapter_load_ms} ms, switch {report.mix_switch_ms} ms")


async def fill(engine: Engine, ctx_tokens: int) -> None:
    """An answer that takes the whole context, under a mix of two; twice, so that the mix is composed."""
    mix = Named(weights={"random0": 0.5, "random1": 0.5})
    line = ChatMessage(role="user", content="one two three four " * 8)
    per_line = await engine.count((line,))
    text = line.content * max(1, (ctx_tokens - 128) // per_line)
    sampling = Sampling(max_new_tokens=32, min_new_tokens=32, temperature=0.0)
    for number in range(2):
        turn = (ChatMessage(role="user", content=f"{number} {text}"),)
        async with aclosing(engine.generate([turn], sampling, mix)) as answer:
            async for event in answer:
                if isinstance(event, Done):
                    print(f"  {event.prompt_tokens} tokens read, {event.completion_tokens} written")


def peak(memory: MemoryReport, stats: Stats) -> None:
    """Everything in use beside everything that was estimated; on a card without what CUDA itself takes."""
    runtime = sum(i.mb for i in memory.items if (i.kind, i.place) == ("runtime", "card"))
    used = {"weights": stats.weights_mb, "experts": stats.experts_mb, "kv": stats.kv_mb}
    for kind, found in used.items():
        kinds = (kind, "composed") if kind == "experts" else (kind,)
        estimate = sum(i.mb for i in memory.items if i.kind in kinds and i.place == memory.home)
        print(
            f"  {kind:<8} at most {estimate:>7,.0f} MiB, found {'n/a' if found is None else f'{found:,.0f}'}"
        )
    if memory.home == "card":
        estimate, found = memory.needed_mb["card"] - runtime, stats.vram_peak_mb
    else:
        empty = sum(i.mb for i in memory.items if i.kind == "snapshots") - stats.kv_host_mb
        estimate, found = memory.needed_mb["host"] - empty, stats.rss_mb
    words = "n/a" if found is None else f"{found:,.0f}"
    print(f"  together at most {estimate:,.0f} MiB, found {words}; budget {memory.limit_mb}", flush=True)


def on_hf(shape: Shape, place: Path, *, with_bench: bool) -> None:
    """Safetensors through transformers, rounded to NF4 when they are loaded."""
    folder = prepared(shape, "qwen2", place / "qwen2", place / "hf").path
    asked = wanted(backend="hf", hf_model=str(folder))
    asyncio.run(measure("transformers, nf4", asked, place / "hf", with_bench=with_bench))


def on_llama(shape: Shape, place: Path, *, with_bench: bool) -> None:
    """The same shape as a Llama, which is what our own conversion knows, in Q4_K_M."""
    made = prepared(shape, "llama", place / "llama", place / "gguf")
    file = place / "q4_k_m.gguf"
    quantise(convert.base(made, place / "gguf").path, "q4_k_m", file)
    asked = wanted(backend="llama_cpp", llama_cpp_model_path=str(file))
    asyncio.run(measure("llama.cpp, Q4_K_M", asked, place / "gguf", with_bench=with_bench))


def main() -> None:
    """Say what is run on, then run it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shape", choices=SHAPES, default="7b")
    parser.add_argument("--dry-run", action="store_true")
    parser.add_argument("--host", action="store_true", help="on the CPU, where there is no GPU")
    parser.add_argument("--no-bench", action="store_true")
    parser.add_argument("--only", choices=("hf", "llama_cpp"), help="one backend")
    given = parser.parse_args()
    shape = SHAPES[given.shape]
    with tempfile.TemporaryDirectory(prefix="vortex-shape-") as name:
        place = Path(name)
        if given.dry_run or not (torch.cuda.is_available() or given.host):
            dry_run(shape, place)
            return
        print(torch.cuda.get_device_name(0) if torch.cuda.is_available() else "CPU, host memory")
        if given.only != "llama_cpp":
            on_hf(shape, place, with_bench=not given.no_bench)
        if given.only != "hf":
            on_llama(shape, place, with_bench=not given.no_bench)


if __name__ == "__main__":
    main()
