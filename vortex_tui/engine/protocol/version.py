"""The protocol's version and its bound."""

VERSION = 1
# A prompt of a whole context in JSON escapes stays far below this; a longer line is not ours.
MAX_LINE_BYTES = 32 * 1024 * 1024
