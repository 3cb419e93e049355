"""What stands before a Pod's port: `python entrance.py LISTEN TARGET [CERTIFICATE KEY]`.

Without a certificate, bytes are passed on as a Service or a passthrough Route does it; with one,
TLS ends here, as in an Ingress controller. LISTEN and TARGET are ADDRESS:PORT; TARGET may be the
path of a socket.
"""

from __future__ import annotations

import asyncio
import ssl
import sys
from asyncio import StreamReader as Reader
from asyncio import StreamWriter as Writer


async def _copy(reader: Reader, writer: Writer) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


async def _serve(listen: str, target: str, pair: list[str]) -> None:
    async def meet(reader: Reader, writer: Writer) -> None:
        try:
            if target.startswith("/"):
                inner, outer = await asyncio.open_unix_connection(target)
            else:
                inner, outer = await asyncio.open_connection(*target.split(":"))
        except OSError:
            writer.close()
            return
        await asyncio.gather(_copy(reader, outer), _copy(inner, writer))

    context = None
    if pair:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*pair)
    address, port = listen.split(":")
    server = await asyncio.start_server(meet, address, int(port), ssl=context)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1], sys.argv[2], sys.argv[3:]))
