"""Status tables of the United Nations Treaty Collection, read into participation actions."""
