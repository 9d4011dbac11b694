"""The methods of harmonisation, one a module."""
