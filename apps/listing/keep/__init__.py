"""What staff keep of a listing: saved views, columns, row density."""
