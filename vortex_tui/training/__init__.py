"""Trains experts: from a corpus to an adapter in quarantine. Only ``job`` loads weights."""
