"""Graphs as files: Flowroom's own JSON (native.py) and Phase 1 workspaces (phase1/)."""
