"""A run: what is checked before it, what it says, and how it fails."""
