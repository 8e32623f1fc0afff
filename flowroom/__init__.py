"""Flowroom's shared language: what a graph is, how it is written down, and how peers speak about it."""

__version__ = "0.1.0"
