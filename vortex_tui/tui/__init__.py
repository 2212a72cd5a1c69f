"""The workstation in the terminal. It talks to the engine only through ``engine.api``."""
