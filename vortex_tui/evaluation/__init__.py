"""The evaluation: what base, experts and routers get right on a bank's own splits, with intervals."""
