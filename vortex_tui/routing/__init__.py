"""Which experts answer a prompt, and why."""
