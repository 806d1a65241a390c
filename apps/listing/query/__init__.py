"""Addresses and queries: each is read into the other."""
