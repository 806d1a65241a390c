"""Rows from the API: pages of a list, one row, counts, rows for a file."""
