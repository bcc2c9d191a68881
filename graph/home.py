"""``OPSC_HOME``: the folder that holds all state of an installation."""

import os
from pathlib import Path

import platformdirs


def home() -> Path:
    """Return ``$OPSC_HOME``, or the platform's user data directory for ``opsc``; the folder need not exist."""
    configured = os.environ.get("OPSC_HOME")
    return Path(configured).expanduser() if configured else Path(platformdirs.user_data_dir("opsc"))
