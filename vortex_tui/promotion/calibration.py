"""Does the router still know when an expert is called for, with the newcomer in the bank?"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from vortex_tui.evaluation.measures import ece, reliability
from vortex_tui.promotion import gating
from vortex_tui.promotion.estimates import Estimate, Vector
from vortex_tui.promotion.outcomes import Row
from vortex_tui.promotion.policy import Policy
from vortex_tui.promotion.report import Gate
from vortex_tui.promotion.verdict import TITLES

# The modes whose ``called_for`` is a fitted probability.
CALIBRATED = ("hybrid", "lexical", "dense")
_DRAWS = 400
_TAIL = 5.0
_FEWEST = 2


def check(
    rows: Sequence[Row], mode: str, before: Collection[str], after: Collection[str], policy: Policy
) -> Gate:
    """The rise of the calibration error; ``before`` and ``after`` are the domains that are served.

    The outcome is whether an expert of the bank serves the prompt's domain.
    """
    if mode not in CALIBRATED:
        reason = f"the router's mode {mode} has no calibrated probability"
        return Gate(id="calibration", title=TITLES["calibration"], verdict="not_applicable", reason=reason)
    said = np.array([row.called for row in rows], np.float64).reshape(-1, 2)
    so = np.array([[_served(row, before), _served(row, after)] for row in rows], np.float64).reshape(-1, 2)
    found, errors = rise(said, so, [row.cluster for row in rows], policy.seed)
    details: gating.Details = {"ece_before": errors[0], "ece_after": errors[1]}
    # What is measured is the error that is saved: a rise is a loss of it.
    return gating.not_worse("calibration", found, policy.thresholds.max_ece_rise, "ECE", details)


def _served(row: Row, domains: Collection[str]) -> bool:
    return any(domain in domains for domain in row.case.domains)


def rise(
    said: Vector, so: Vector, labels: Sequence[str], seed: int
) -> tuple[Estimate, tuple[float | None, float | None]]:
    """Error before less error after (below 0: it rose) with its interval over clusters, and both errors.

    ``said`` and ``so`` are (n, 2): without the candidate, and with it.
    """
    n, count = len(labels), len(set(labels))
    errors = (_ece(said[:, 0], so[:, 0]), _ece(said[:, 1], so[:, 1]))
    if errors[0] is None or errors[1] is None or not np.isfinite(said).all():
        return Estimate(None, None, None, n, count), (None, None)
    value = errors[0] - errors[1]
    if count < _FEWEST:
        return Estimate(value, None, None, n, count), errors
    drawn = [_difference(said[rows], so[rows]) for rows in _draws(labels, seed)]
    low, high = np.percentile(drawn, [_TAIL, 100 - _TAIL])
    # Resampled errors are larger than the one they are drawn around: what counts is their spread.
    centre = float(np.median(drawn))
    return Estimate(value, value + float(low) - centre, value + float(high) - centre, n, count), errors


def _difference(said: Vector, so: Vector) -> float:
    return (_ece(said[:, 0], so[:, 0]) or 0.0) - (_ece(said[:, 1], so[:, 1]) or 0.0)


def _ece(said: Vector, so: Vector) -> float | None:
    return ece(reliability(np.clip(said, 0.0, 1.0), so))


def _draws(labels: Sequence[str], seed: int) -> list[np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """Rows of each resampling of whole clusters."""
    places = np.unique(np.asarray(labels, dtype=object).astype(str), return_inverse=True)[1]
    members = [np.flatnonzero(places == each) for each in range(int(places.max()) + 1)]
    random = np.random.default_rng(seed)
    return [
        np.concatenate([members[each] for each in random.integers(0, len(members), len(members))])
        for _ in range(_DRAWS)
    ]
