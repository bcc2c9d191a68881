"""What fork servers need before they load data. Importing this module in a process prepares that process."""

from graph.warmup import prepare_process

prepare_process()
