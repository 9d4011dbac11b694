"""Readers: files as sites deliver them, as text cells or typed values."""
