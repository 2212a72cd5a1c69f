"""``prepare-model``: is there a safe way to load this profile, and with exactly which files?"""
