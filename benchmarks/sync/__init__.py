"""How fast edits travel: Flowroom beside a raw broadcast (the floor) and stock pycrdt-websocket, in one run."""
