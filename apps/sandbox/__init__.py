"""The Issuance API as a runnable stand-in: a program of its own that the dashboard knows only by its base URL.

It answers as docs/contracts/behaviours.md says the real one does, awkward answers included, and offers /_sandbox/ to
its testers: faults on request, latency, keys, and a ledger of what it received.
"""
