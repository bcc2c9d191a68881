"""Readers of source formats: each turns files into quads and reports cells or files that it cannot read."""
