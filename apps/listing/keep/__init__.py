"""What staff keep of a listing: views, columns, density."""
