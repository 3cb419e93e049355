"""The OCI specifications' nouns as types. Pure: the standard library and msgspec."""
