"""Clients of object stores, with waits that are bounded: an outage is answered, not sat out."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from obstore.store import AzureStore, S3Store

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig

CONNECT = timedelta(seconds=5)
SILENCE = timedelta(seconds=30)
WHOLE = timedelta(hours=24)
"""A request may take this long as long as bytes flow: a large blob on a slow line."""
RETRIES: RetryConfig = {
    "max_retries": 3,
    "retry_timeout": timedelta(seconds=15),
    "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=2)},
}


def s3_client(
    bucket: str,
    *,
    region: str,
    endpoint: str | None,
    access_key: str | None,
    secret_key: str | None,
    trusted: str = "",
) -> S3Store:
    """`endpoint` is a URL; None means Amazon's for the region. `trusted` is PEM."""
    keys = {} if access_key is None else {"access_key_id": access_key}
    if secret_key is not None:
        keys["secret_access_key"] = secret_key
    if endpoint is not None:
        keys["endpoint"] = endpoint
    return S3Store(
        bucket,
        region=region,
        client_options=_options(endpoint, trusted),
        retry_config=RETRIES,
        **keys,  # type: ignore[arg-type]  # a TypedDict of strings
    )


def azure_client(
    container: str,
    *,
    account: str,
    account_key: str | None,
    sas_token: str | None,
    endpoint: str | None,
    trusted: str = "",
) -> AzureStore:
    keys = {} if account_key is None else {"account_key": account_key}
    if sas_token is not None:
        keys["sas_key"] = sas_token
    if endpoint is not None:
        keys["endpoint"] = endpoint
    return AzureStore(
        container,
        account_name=account,
        client_options=_options(endpoint, trusted),
        retry_config=RETRIES,
        **keys,  # type: ignore[arg-type]  # a TypedDict of strings
    )


def _options(endpoint: str | None, trusted: str) -> ClientConfig:
    options: ClientConfig = {
        "connect_timeout": CONNECT,
        "read_timeout": SILENCE,
        "timeout": WHOLE,
        "allow_http": endpoint is not None and endpoint.startswith("http://"),
    }
    return options | {"root_certificate": trusted} if trusted else options
