"""Limits on a body of the management API: its size, and how long a client may take to send it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress

from starlette.exceptions import HTTPException

from moorage.oci.errors import ClientGone, RequestTimeout
from moorage.web.http import Message, Request

BODY_BYTES = 1024 * 1024
"""Of JSON or a form. The description of a repository is the largest thing anybody writes here."""


class Body:
    """A request's body as ASGI's `receive` hands it on.

    What is too large (413) or too slow (408) is an HTTPException, the only error that FastAPI
    does not turn into 400 while it reads. A body is read to its end before it is refused for its
    size, within the bounds of `drain`, so that the client gets to read why.
    """

    def __init__(self, request: Request) -> None:
        self._request = request
        self._pieces: AsyncIterator[bytes] = request.body()
        self._left = BODY_BYTES

    async def receive(self) -> Message:
        if self._request.was_read:
            return await self._request.receive()
        try:
            if (self._request.content_length or 0) > BODY_BYTES:
                await self._refuse_size()
            piece = await anext(self._pieces, b"")
            self._left -= len(piece)
            if self._left < 0:
                await self._refuse_size()
        except RequestTimeout as slow:
            raise HTTPException(slow.status, slow.message) from None
        except ClientGone:
            return {"type": "http.disconnect"}
        has_more = not self._request.was_read
        return {"type": "http.request", "body": piece, "more_body": has_more}

    async def _refuse_size(self) -> None:
        with suppress(RequestTimeout):
            await self._request.drain()
        raise HTTPException(413, f"a body may have at most {BODY_BYTES} bytes")
