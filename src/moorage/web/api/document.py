"""`python -m moorage.web.api.document`: the API's OpenAPI document, from which clients are made."""

from __future__ import annotations

import json
import sys

from moorage.web.api.app import routed_api


def main() -> None:
    json.dump(routed_api().openapi(), sys.stdout, indent=1, sort_keys=True)


if __name__ == "__main__":
    main()
