"""The bank of LoRA experts: manifests, integrity, mixes."""
