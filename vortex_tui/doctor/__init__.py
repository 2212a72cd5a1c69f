"""The doctor: what this machine has, what a profile needs, and the commands that mend the difference."""
