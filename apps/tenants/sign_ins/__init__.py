"""A team's sign-ins: to Issuance's API by Firebase, and to Tokeny. `flow` is what both share; each provider has a
module."""
