"""The headless commands: one noun a file. Nothing here imports textual; heavy imports wait for the call."""
