"""How the workers of one deployment hear of each other: the port, and its adapters."""
