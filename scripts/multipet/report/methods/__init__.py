"""The methods text, ready to paste."""
