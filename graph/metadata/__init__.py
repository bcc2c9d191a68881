"""The dataset's description of itself: VoID, DCAT 3, prefixes and example queries."""
