"""An address and what it asks: one is read into the other and back."""
