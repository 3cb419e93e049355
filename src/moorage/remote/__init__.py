"""The client of any OCI registry and of classic chart repositories; knows nothing of our server."""
