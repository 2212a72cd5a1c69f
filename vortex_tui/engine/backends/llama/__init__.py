"""Backend ``llama_cpp``: GGUF files through llama.cpp's C interface."""
