"""Rows. Query functions take an open transaction and return frozen values."""
