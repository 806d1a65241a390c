"""Rows from the API: pages of a list, single rows, counts, and rows for a file."""
