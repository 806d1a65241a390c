"""A team's sign-ins: to Issuance's API by Firebase, and to Tokeny. `flow` is what both do; each provider has a module."""
