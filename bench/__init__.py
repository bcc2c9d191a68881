"""Measurements, side by side with peers: ``python -m bench [NAME ...]`` prints figures; nothing here asserts a time."""
