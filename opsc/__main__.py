"""``python -m opsc``."""

from opsc.cli import main

main()
