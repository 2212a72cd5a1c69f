"""GGUF, llama.cpp's file format: reading headers, and making adapters and nano's base from safetensors."""
