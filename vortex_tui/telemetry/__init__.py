"""What the machine itself says: memory of the GPU and of the host. Headless."""
