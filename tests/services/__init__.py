"""Real servers for the tests: Redis and PostgreSQL of the machine, each in a folder and on a port of its own."""
