"""Saved curves in the formats of the usual loggers, read as named columns in batches of rows."""
