"""`/api/v1`: Quay's management API. One file a tag of the OpenAPI document."""
