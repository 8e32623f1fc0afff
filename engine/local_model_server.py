"""The process that holds the offline model: llama.cpp's OpenAI-compatible server on a free loopback port.

Started as a script by local_model.py, so that a crash in native code ends this process and not the engine. Writes
one line of JSON with its address once the model is loaded, then serves until its standard input closes, which it
also does when the engine dies.

    local_model_server.py MODEL.gguf CONTEXT_TOKENS     (the key of the server comes as the first line of stdin)
"""

import json
import os
import sys

import xllamacpp  # type: ignore[import-untyped, import-not-found, unused-ignore]

MAX_DESCRIPTORS = 65_536
CHAT_TEMPLATE = (
    "{%- set told = namespace(text='') -%}"
    "{%- for message in messages -%}"
    "{%- if message['role'] == 'system' -%}"
    "{%- set told.text = told.text + message['content'] + '\n\n' -%}"
    "{%- else -%}"
    "{{- '<|im_start|>' + message['role'] + '\n' + told.text + message['content'] + '<|im_end|>\n' -}}"
    "{%- set told.text = '' -%}"
    "{%- endif -%}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{- '<|im_start|>assistant\n' -}}{%- endif -%}"
)
"""ChatML without the default system turn that the model file brings, and with system text at the top of the next
user turn. With a system turn this model gets simple questions wrong (it names the Marseillaise as a capital)."""


def parameters(model: str, context: int, key: str) -> "xllamacpp.CommonParams":
    """A server for one engine: one thread, one request at a time, calm sampling for a very small model."""
    params = xllamacpp.CommonParams()
    params.model.path = model
    params.n_ctx = context
    params.n_parallel = 1
    params.cpuparams.n_threads = 1
    params.cpuparams_batch.n_threads = 1
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.n_threads_http = 2
    params.api_keys = [key]
    params.ui = False
    params.verbosity = 0  # it writes to a file nobody empties while the engine runs
    params.fit_params = False
    params.warmup = False
    params.cache_ram_mib = 0
    params.chat_template = CHAT_TEMPLATE
    params.sampling.temp = 0.2
    params.sampling.top_p = 0.9
    # DRY keeps it from going in circles. A repeat penalty would, too, but it spoils lists and sums.
    params.sampling.dry_multiplier = 0.8
    params.sampling.dry_allowed_length = 3
    return params


def main() -> None:
    """Load the model, say where it is, and stay until the engine goes."""
    os.closerange(3, MAX_DESCRIPTORS)
    key = sys.stdin.readline().strip()
    server = xllamacpp.Server(parameters(sys.argv[1], int(sys.argv[2]), key))
    sys.stdout.write(json.dumps({"address": server.listening_address}) + "\n")
    sys.stdout.flush()
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
