"""What is declared: fields, filters and their lookups, columns, cells, and the listing they form."""
