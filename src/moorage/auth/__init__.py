"""Who is asking: passwords and registry tokens."""
