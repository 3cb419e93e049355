"""The Kubernetes operator: from a QuayRegistry to a running registry, and back to its status."""
