"""Log, access log and metrics."""
