"""Linked-data documents and HTML pages, one module a page."""
