"""What a model will take in memory, what there is, and what happens where it is too much."""
