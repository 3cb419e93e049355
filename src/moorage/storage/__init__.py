"""Bytes under their digests; knows nothing of repositories."""
