"""Candidates judged, approved, promoted and undone; every decision in a ledger."""
