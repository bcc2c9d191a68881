"""The forms in which a validation report is written, and the words that they share."""
