"""The classic chart repository and ChartMuseum's API, over the same blobs as /v2."""
