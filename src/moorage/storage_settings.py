"""Quay's DISTRIBUTED_STORAGE_CONFIG: `id: [Driver, {arguments}]`, with the drivers' arguments."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag

DEFAULT_ID = "default"


class _Driver(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    storage_path: str = ""
    """Before every key of ours in the bucket, or the folder."""

    @property
    def prefix(self) -> str:
        return self.storage_path.strip("/")


class LocalStorage(_Driver):
    driver: Literal["LocalStorage"] = "LocalStorage"


class S3Storage(_Driver):
    driver: Literal["S3Storage"] = "S3Storage"
    s3_bucket: str
    s3_access_key: str | None = None
    """Without keys those of the environment or the machine's role are used."""
    s3_secret_key: str | None = None
    s3_region: str = "us-east-1"
    host: str | None = None
    """Of a compatible service; absent: Amazon's for the region."""
    port: int | None = Field(default=None, ge=1, le=65535)
    is_secure: bool = True
    endpoint_url: str | None = None
    """In the place of host, port and is_secure."""


class RadosGWStorage(_Driver):
    driver: Literal["RadosGWStorage", "RHOCSStorage", "GoogleCloudStorage"]
    bucket_name: str
    access_key: str
    secret_key: str
    hostname: str | None = None
    """Needed but for GoogleCloudStorage, which is spoken to in S3's language with HMAC keys."""
    port: int | None = Field(default=None, ge=1, le=65535)
    is_secure: bool = True


class AzureStorage(_Driver):
    driver: Literal["AzureStorage"] = "AzureStorage"
    azure_container: str
    azure_account_name: str
    azure_account_key: str | None = None
    sas_token: str | None = None
    endpoint_url: str | None = None


def _named(value: Any) -> Any:
    """`[Driver, {arguments}]` as one map, with the driver's name among the arguments."""
    match value:
        case [str(driver), dict(arguments)]:
            return {**arguments, "driver": driver}
        case [str(driver)]:
            return {"driver": driver}
        case dict() | BaseModel():
            return value
    raise ValueError("expected [Driver, {arguments}]")


def _kind(value: Any) -> str | None:
    driver = value.get("driver") if isinstance(value, dict) else getattr(value, "driver", None)
    kinds = {"RHOCSStorage": "RadosGWStorage", "GoogleCloudStorage": "RadosGWStorage"}
    return kinds.get(str(driver), str(driver))


Driver = Annotated[
    Annotated[LocalStorage, Tag("LocalStorage")]
    | Annotated[S3Storage, Tag("S3Storage")]
    | Annotated[RadosGWStorage, Tag("RadosGWStorage")]
    | Annotated[AzureStorage, Tag("AzureStorage")],
    Discriminator(_kind),
    BeforeValidator(_named),
]
