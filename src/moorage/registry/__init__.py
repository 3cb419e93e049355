"""The verbs. Each checks access first, then decides, then writes in one transaction."""
