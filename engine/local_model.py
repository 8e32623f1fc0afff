"""The offline language model: a small model served by llama.cpp in a child process of the engine."""


class LocalModel:
    """Starts on first use; `close()` ends it."""
