"""Helm's formats: charts, archives, versions, indexes, provenance. Knows no network."""
