"""moorage on Kubernetes, against a real API server: `make operator-test`."""
