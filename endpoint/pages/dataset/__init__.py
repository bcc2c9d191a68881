"""``/dataset``: the dataset's description, versions, downloads and feeds."""
