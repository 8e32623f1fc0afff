"""What Phase 1's nodes did, kept for the graphs that come from there.

Pure functions of stored props, what arrived, and the files folder; the cascade itself (who runs when, buffers,
histories, the hop limit) is the scheduler's. Each rule cites its section of the format and execution notes (§8.5
the LLM, §8.6 the file reader); classifying log entries (§8.4) is engine/entries.py.
"""

from engine.phase1.answers import (
    DEFAULT_OLLAMA_URL,
    Choice,
    choose,
    cut_to_limits,
    failed_answer,
    ollama_request,
    stub_answer,
)
from engine.phase1.files import FileStep, file_step
from engine.phase1.prompts import Diagnostic, Prompt, prompt_of
from engine.phase1.text import render

__all__ = [
    "DEFAULT_OLLAMA_URL",
    "Choice",
    "Diagnostic",
    "FileStep",
    "Prompt",
    "choose",
    "cut_to_limits",
    "failed_answer",
    "file_step",
    "ollama_request",
    "prompt_of",
    "render",
    "stub_answer",
]
