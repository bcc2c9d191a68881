"""The sub-commands of ``opsc``, one module each."""
