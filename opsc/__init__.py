"""The top of the house: the command line."""
