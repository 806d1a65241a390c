"""Rows and forms as HTML or a file: filter bar, table, detail page, responses."""
