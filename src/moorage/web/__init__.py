"""HTTP: the only layer that knows ASGI."""
