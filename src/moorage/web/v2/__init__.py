"""`/v2`: the distribution-spec's endpoints."""
