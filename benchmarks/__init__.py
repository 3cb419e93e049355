"""moorage beside other registries in one run: `make bench`."""
