"""How fast edits travel: Flowroom beside two floors and the servers people would otherwise run, in one run."""
