"""Mutated shapes and data: whatever is sent, the outcome is a report or a refusal, never a crash."""

from bench.fuzz.run import run

__all__ = ["run"]
