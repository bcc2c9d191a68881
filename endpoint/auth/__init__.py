"""Authentication by bearer token, and the submitter that a token names."""
