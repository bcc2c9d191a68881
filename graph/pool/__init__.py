"""Processes that hold a dataset, do one task at a time within limits, and can be killed."""
