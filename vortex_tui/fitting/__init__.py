"""Fitting a router to a bank: what each expert can do beyond the base, heads, thresholds."""
