"""The router over a synthetic bank: its index, its start, its decisions; each measured in a new process.

Vectors are stand-ins: a seeded random projection of a text's words, 256 wide, with noise, which costs nothing
while a decision is timed. ``--encoder`` prints what nano's own forward pass costs. Used by scale.py.

python docs/benchmarks/scale_router.py --encoder
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

import numpy as np
import psutil
from synthetic_bank import invented

from vortex_tui import paths
from vortex_tui.experts import bank
from vortex_tui.experts.bank import BankEntry
from vortex_tui.routing import background, fitted
from vortex_tui.routing.decision import BASE, Decision
from vortex_tui.routing.ground import Ground
from vortex_tui.routing.learned import Learned
from vortex_tui.routing.source import Source
from vortex_tui.routing.terms import terms
from vortex_tui.routing.vectors import Matrix
from vortex_tui.routing.weighing import Policy

WIDTH, DIRECTIONS, UNUSUAL, NOISE = 256, 1 << 14, 3.0, 0.3
OWN, FOREIGN, LONG, REPEATS = 500, 100, 2_000, 3
MAX_HARM = 0.02
NOTE = """The router, hybrid, the encoder always asked: with stand-in vectors; nano's own forward pass comes
on top (scale_router.py --encoder). MiB more: after 2,400 decisions. cpu: of the deciding thread, best of 3.
terms: mode lexical. long: prompts of 2,000 characters. recall: the right clone is among those looked at."""
Asked = tuple[str, str]


def projected(texts: Sequence[str]) -> Matrix:
    """Stand-in vectors of unit length, (texts, WIDTH): a direction a word, unusual ones longer, and noise."""
    rng = np.random.default_rng(1)
    directions = UNUSUAL * rng.normal(size=(DIRECTIONS, WIDTH)).astype(np.float32)
    usual = {column % DIRECTIONS for text in background.base().read() for column in terms(text)[0]}
    directions[list(usual)] /= UNUSUAL
    found = np.empty((len(texts), WIDTH), np.float32)
    for row, text in enumerate(texts):
        found[row] = directions[[column % DIRECTIONS for column in terms(text)[0]]].sum(axis=0)
        found[row] += NOISE * np.linalg.norm(found[row]) * rng.normal(size=WIDTH) / WIDTH**0.5
        found[row] /= max(np.linalg.norm(found[row]), 1e-9)
    return found


def _refused(texts: Sequence[str]) -> NoReturn:
    raise AssertionError(f"the index on the disk was not used: {len(texts)} texts to encode")


def _source(entry: BankEntry) -> Source:
    card = bank.usable(entry)
    return Source(card.id, card.digest, card.exemplar_count, card.read_exemplars)


def _scanned(root: Path, cache: Path) -> list[Source]:
    return [_source(entry) for entry in bank.champions(bank.scan(None, [root], cache)).values()]


def _ground(sources: Sequence[Source], cache: Path, *, fresh: bool, known: dict[str, Matrix]) -> Ground:
    """``fresh`` may encode the bank. The fit counts as another encoder's, so that no decision skips it."""
    return Ground(
        sources=sources,
        base=background.base(),
        encode=lambda texts: np.stack([known[text] for text in texts]),
        encode_bank=projected if fresh else _refused,
        encoder="stand-in",
        fit=fitted.shipped(),
        fit_is_own=False,
        affinities=dict,
        cache=cache / "router",
    )


def prompts(sources: Sequence[Source]) -> list[Asked]:
    """(clone, prompt): exemplars with one word from another of the same clone; then foreign ones, of BASE."""
    rng = random.Random(7)
    own = [_reworded(rng.choice(sources), rng) for _ in range(OWN)]
    words = " ".join(background.everyday()).split()
    strange = [" ".join([*rng.sample(words, 8), invented(rng)]) for _ in range(FOREIGN)]
    return [*own, *((BASE, text) for text in strange)]


def _reworded(source: Source, rng: random.Random) -> Asked:
    texts = source.read()
    words = rng.choice(texts).split(" ")
    words[rng.randrange(len(words))] = rng.choice(rng.choice(texts).split(" "))
    return source.name, " ".join(words)


# --- in the measured processes ------------------------------------------------


def _rss() -> float:
    gc.collect()
    return psutil.Process().memory_info().rss / 2**20


def build(root: Path, cache: Path) -> dict[str, float]:
    """The first index of a bank, from its manifests to the disk."""
    ground = _ground(_scanned(root, cache), cache, fresh=True, known={})
    started = time.perf_counter()
    ground.index(dense=True)
    seconds = time.perf_counter() - started
    return {"build_s": seconds, "build_peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def decide(root: Path, cache: Path) -> dict[str, float]:
    """A start with the index on the disk, then decisions."""
    started = time.perf_counter()
    sources = _scanned(root, cache)
    scan_s = time.perf_counter() - started
    known: dict[str, Matrix] = {}
    ground, before = _ground(sources, cache, fresh=False, known=known), _rss()
    started = time.perf_counter()
    hybrid = Learned(ground, "hybrid", Policy(), MAX_HARM)
    figures = {"scan_s": scan_s, "start_s": time.perf_counter() - started, "opened_mb": _rss() - before}
    asked = prompts(sources)
    long = [(BASE, " ".join(text for _, text in asked)[at : at + LONG]) for at in range(0, 20_000, 400)]
    texts = [text for _, text in (*asked, *long)]
    known |= dict(zip((text[:1500] for text in texts), projected(texts), strict=True))
    ground.encode = lambda texts: np.stack([known[text[:1500]] for text in texts])
    figures |= _decisions("hybrid", hybrid, asked)
    figures["rss_mb"] = _rss() - before
    figures |= _decisions("long", hybrid, long)
    return figures | _decisions("lexical", Learned(ground, "lexical", Policy(), MAX_HARM), asked)


def _decisions(name: str, router: Learned, asked: Sequence[Asked]) -> dict[str, float]:
    found = [router.decide(prompt) for _, prompt in asked]
    spent = [min(_cpu_ms(router, prompt) for _ in range(REPEATS)) for _, prompt in asked]
    own = [(expert, one) for (expert, _), one in zip(asked, found, strict=True) if expert != BASE]
    figures = _spread(name, [one.total_ms for one in found]) | _spread(f"{name}_cpu", spent)
    if own:
        figures[f"{name}_recall"] = sum(expert in _ranked(one) for expert, one in own) / len(own)
        figures[f"{name}_first"] = sum(expert == _ranked(one)[0] for expert, one in own) / len(own)
    return figures


def _cpu_ms(router: Learned, prompt: str) -> float:
    """What a decision takes of a core: on a busy machine the clock tells of others too."""
    started = time.thread_time_ns()
    router.decide(prompt)
    return (time.thread_time_ns() - started) / 1e6


def _ranked(decision: Decision) -> list[str]:
    return [each.expert for each in decision.candidates if each.expert != BASE]


def _spread(name: str, milliseconds: Sequence[float]) -> dict[str, float]:
    p50, p95 = np.percentile(milliseconds, (50, 95))
    return {f"{name}_p50_ms": float(p50), f"{name}_p95_ms": float(p95)}


def encoder(root: Path, cache: Path) -> dict[str, float]:
    """nano's own forward pass, for the prompts of nano's experts and for one of 512 tokens."""
    del root, cache
    from vortex_tui.engine import model_folder
    from vortex_tui.engine.backends.hf import HfBackend

    backend = HfBackend(model_folder.inspect(paths.nano() / "base"), "nf4", lambda *_: None)
    cards = [bank.usable(entry) for entry in bank.scan(None, [paths.nano() / "experts"], None)]
    short = [text for card in cards for text in card.exemplars[:8]]
    figures = _spread("encoder", [_milliseconds(backend.embed, text) for text in short])
    longest = " ".join(short * 8)[: 20 * LONG]
    return figures | _spread("encoder_512", [_milliseconds(backend.embed, longest) for _ in range(20)])


def _milliseconds(embed: Callable[[Sequence[str]], object], text: str) -> float:
    started = time.perf_counter()
    embed([text])
    return (time.perf_counter() - started) * 1000


# --- in the process that asks -------------------------------------------------


def ask(step: str, root: Path = Path(), cache: Path = Path()) -> dict[str, float]:
    """Run a step (``build``, ``decide``, ``encoder``) in a process of its own."""
    command = [sys.executable, __file__, "--step", step, str(root), str(cache)]
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return found


def main() -> None:
    """Print a step's figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--encoder", action="store_true")
    parser.add_argument("--step", nargs=3, help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.encoder:
        print(json.dumps(ask("encoder"), indent=2))
    elif told.step:
        step, root, cache = told.step
        print(
            json.dumps({"build": build, "decide": decide, "encoder": encoder}[step](Path(root), Path(cache)))
        )


if __name__ == "__main__":
    main()
