"""Our own nouns: frozen values, no I/O."""
