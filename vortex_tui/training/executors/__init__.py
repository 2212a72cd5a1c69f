"""Where jobs run: here, in WSL, on a Ray cluster. Each runs the same job."""
