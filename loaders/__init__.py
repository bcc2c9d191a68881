"""Readers of source formats: each turns files into quads and reports what it cannot read; none knows a store."""
