"""An object store as the store: S3 and compatible, Google, Azure, through obstore."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import BaseError
from obstore.store import AzureStore, GCSStore, S3Store

from moorage.model.content import Upload
from moorage.storage.layout import BLOBS
from moorage.storage.object_errors import answered, unavailable
from moorage.storage.object_upload import OpenObjects
from moorage.storage.store import RunningHashes, Stored

if TYPE_CHECKING:
    from obstore.store import ObjectStore as Client

PIECE_BYTES = 1024 * 1024
LIST_PAGE = 1000
CHECK = ".check"


class ObjectStore:
    """`client` is obstore's; `prefix` comes before every location, without slashes at its ends."""

    def __init__(self, client: Client, prefix: str) -> None:
        self.client = client
        self.hashes = RunningHashes()
        self._prefix = f"{prefix}/" if prefix else ""

    def key(self, location: str) -> str:
        return f"{self._prefix}{location}"

    def path(self, location: str) -> str | None:
        return None

    async def signed_url(self, location: str, lifetime: timedelta) -> str | None:
        if not isinstance(self.client, (AzureStore, GCSStore, S3Store)):
            return None
        return await answered(obstore.sign_async(self.client, "GET", self.key(location), lifetime))

    async def read(self, location: str) -> bytes:
        found = await answered(obstore.get_async(self.client, self.key(location)))
        return bytes(await answered(found.bytes_async()))

    async def pieces(self, location: str, start: int, length: int) -> AsyncIterator[bytes]:
        if length == 0:
            return
        options = {"range": (start, start + length)}
        found = await answered(
            obstore.get_async(self.client, self.key(location), options=options)  # type: ignore[arg-type]
        )
        try:
            async for piece in found.stream(min_chunk_size=PIECE_BYTES):
                yield bytes(piece)
        except BaseError as error:
            raise unavailable(error) from error

    async def delete(self, location: str) -> None:
        try:
            await answered(obstore.delete_async(self.client, self.key(location)))
        except FileNotFoundError:
            return

    async def begin(self, upload_id: str) -> None:
        """Nothing: an upload is rows until its first body is complete."""

    def lock(self, upload_id: str) -> OpenObjects:
        """No lock: of two requests that append at once, one finds that the row has moved on."""
        return OpenObjects(self)

    async def discard(self, upload: Upload) -> None:
        self.hashes.forget(upload.id)
        for part in upload.parts:
            await self.delete(part.location)

    def held_bytes(self, upload: Upload) -> int:
        return upload.received_bytes

    async def listed(self) -> AsyncIterator[Stored]:
        pages = obstore.list(self.client, self.key(BLOBS), chunk_size=LIST_PAGE)
        try:
            async for page in pages:
                for found in page:
                    location = found["path"].removeprefix(self._prefix)
                    modified_s = found["last_modified"].timestamp()
                    yield Stored(location, found["size"], modified_s)
        except BaseError as error:
            raise unavailable(error) from error

    async def check(self) -> None:
        key = self.key(f"{CHECK}-{uuid.uuid4()}")
        await answered(obstore.put_async(self.client, key, b"moorage"))
        await answered(obstore.delete_async(self.client, key))
