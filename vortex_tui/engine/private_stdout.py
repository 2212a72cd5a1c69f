"""The standard output of a process that speaks a protocol on it, kept from the libraries in it."""

from __future__ import annotations

import os
import sys
from typing import BinaryIO

# Nothing is fetched: bitsandbytes and transformers would otherwise look for code and files on a hub.
OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TOKENIZERS_PARALLELISM": "false",
}


def private_stdout() -> BinaryIO:
    """The real standard output for us alone; native libraries that print to fd 1 reach stderr."""
    sys.stdout.flush()
    private = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(private, "wb")
