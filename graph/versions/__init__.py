"""Releases, the ledger of submissions, and the versions of the graph that follow from both."""
