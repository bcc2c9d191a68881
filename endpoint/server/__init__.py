"""The server process: start, the Flask application, and stop."""
