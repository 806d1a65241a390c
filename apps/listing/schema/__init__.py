"""What is declared: fields, filters and their lookups, columns, cells, and a listing made of them."""
