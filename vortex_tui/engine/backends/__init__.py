"""What runs the weights. Only the worker imports from here."""
