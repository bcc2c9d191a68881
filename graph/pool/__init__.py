"""Process pools: worker processes that run tasks on data in memory, with deadlines, memory limits and cancellation."""
