"""HTTP for clients: TLS, proxies, redirects, retries. urllib3 underneath, loaded when first used.

A request that meets 429 or 5xx, or no answer at all, is sent again, at most `RETRIES` times; the
server's Retry-After is honoured. A redirect to another host carries no credentials.
"""

from __future__ import annotations

import socket
import ssl
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import urllib3
from urllib3.exceptions import HTTPError, InsecureRequestWarning, MaxRetryError
from urllib3.util import Retry, Timeout

from moorage import __version__
from moorage.remote.errors import RemoteError, Unreachable
from moorage.remote.reference import is_loopback

RETRIES = 5
RETRY_AFTER_SECONDS = 60
"""A server that wants a longer pause is not waited for: people would think that we hang."""
CONNECT_SECONDS = 15
READ_SECONDS = 120
REDIRECTS = 5
PIECE_BYTES = 1024 * 1024
BODY_BYTES = 16 * 1024 * 1024
"""Most of an answer that is taken into memory: manifests, lists, configs. Blobs are streamed."""
USER_AGENT = f"moorage/{__version__}"
STATUSES = frozenset({429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Tls:
    """How servers are trusted; the system's store, and SSL_CERT_FILE, unless told otherwise."""

    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    is_unverified: bool = False
    is_plain_http: bool = False

    def context(self) -> ssl.SSLContext:
        """Raises RemoteError for a file that cannot be read."""
        try:
            context = ssl.create_default_context()
            if self.ca_file is not None:
                context.load_verify_locations(self.ca_file)
            if self.cert_file is not None:
                context.load_cert_chain(self.cert_file, self.key_file)
        except (OSError, ssl.SSLError) as error:
            named = [str(f) for f in (self.ca_file, self.cert_file, self.key_file) if f]
            raise RemoteError(
                f"cannot use {' and '.join(named) or 'the trusted certificates'}: {error}",
                "certificates and keys are PEM files",
            ) from None
        if self.is_unverified:
            # It was asked for: urllib3 need not warn of every request.
            urllib3.disable_warnings(InsecureRequestWarning)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


Answer = urllib3.BaseHTTPResponse


class Transport:
    """Connections with one way of trusting servers; may be used from several threads."""

    def __init__(self, tls: Tls | None = None) -> None:
        self.tls = tls or Tls()
        self._pools: dict[str, urllib3.PoolManager] = {}
        self._plain_hosts: set[str] = set()

    def url(self, host: str, path: str) -> str:
        """Where a registry answers: https, unless it was asked for, or seen on this machine."""
        is_plain = self.tls.is_plain_http or host in self._plain_hosts
        return f"{'http' if is_plain else 'https'}://{host}{path}"

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        *,
        stream: bool = False,
        retry: bool = True,
        follow: bool = True,
        most_bytes: int = BODY_BYTES,
    ) -> Answer:
        """The answer, whatever its status. With `stream` its body is still to be read.

        Without `retry` failures of the connection and bad statuses are final. Raises Unreachable,
        and RemoteError for a body of more than `most_bytes`.
        """
        sent = {"User-Agent": USER_AGENT, **(headers or {})}
        retries = Retry(
            total=RETRIES if retry else REDIRECTS if follow else 0,
            connect=2 if retry else 0,
            read=RETRIES if retry else 0,
            status=RETRIES if retry else 0,
            redirect=REDIRECTS if follow else 0,
            other=0,
            allowed_methods=None,
            status_forcelist=STATUSES if retry else (),
            backoff_factor=0.2,
            backoff_max=10,
            raise_on_status=False,
            raise_on_redirect=False,
            retry_after_max=RETRY_AFTER_SECONDS,
        )
        try:
            answer = self._pool(url).request(
                method,
                url,
                headers=sent,
                body=body,
                retries=retries,
                redirect=follow,
                preload_content=False,
            )
            return answer if stream else _whole(answer, method, url, most_bytes)
        except HTTPError as error:
            if self._is_plain_loopback(url, error):
                plain = url.replace("https://", "http://", 1)
                return self.request(
                    method,
                    plain,
                    headers,
                    body,
                    stream=stream,
                    retry=retry,
                    follow=follow,
                    most_bytes=most_bytes,
                )
            raise unreachable(method, url, error) from None

    def _is_plain_loopback(self, url: str, error: Exception) -> bool:
        """Whether HTTPS met plain HTTP on this machine, where that is accepted."""
        host = urlsplit(url).netloc
        if url.startswith("https://") and is_loopback(host) and _speaks_plain_http(error):
            self._plain_hosts.add(host)
            return True
        return False

    def _pool(self, url: str) -> urllib3.PoolManager:
        proxy = proxy_for(url)
        if proxy not in self._pools:
            options: dict[str, Any] = {
                # Reading the system's certificates takes a while: not where nobody needs them.
                "ssl_context": None if self.tls.is_plain_http else self.tls.context(),
                "timeout": Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
                "maxsize": 8,
                "blocksize": PIECE_BYTES,
            }
            self._pools[proxy] = (
                urllib3.ProxyManager(proxy, proxy_headers=_proxy_login(proxy), **options)
                if proxy
                else urllib3.PoolManager(**options)
            )
        return self._pools[proxy]


def _whole(answer: Answer, method: str, url: str, most_bytes: int) -> Answer:
    """The same answer with its body read, which no server may make endless."""
    raw = answer.read(most_bytes + 1)
    if len(raw) > most_bytes:
        answer.close()
        raise RemoteError(f'{method} "{url}" answers with more than {most_bytes} bytes')
    answer.release_conn()
    return urllib3.HTTPResponse(
        BytesIO(raw),
        answer.headers,
        answer.status,
        reason=answer.reason,
        decode_content=False,
        request_method=method,
        request_url=answer.url,
    )


def proxy_for(url: str) -> str:
    """The proxy that HTTPS_PROXY, HTTP_PROXY and NO_PROXY name for a URL, or nothing."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if is_loopback(host) or urllib.request.proxy_bypass(parts.netloc):
        return ""
    found = urllib.request.getproxies().get(parts.scheme, "")
    return found if "://" in found or not found else f"http://{found}"


def _proxy_login(proxy: str) -> dict[str, str] | None:
    parts = urlsplit(proxy)
    if parts.username is None:
        return None
    user, password = map(unquote, (parts.username, parts.password or ""))
    return dict(urllib3.make_headers(proxy_basic_auth=f"{user}:{password}"))


def unreachable(method: str, url: str, error: Exception) -> Unreachable:
    """What a failed connection means, and what to do about it."""
    cause = _cause(error)
    text = f'{method.capitalize()} "{url}": '
    host = urlsplit(url).netloc
    if isinstance(cause, ssl.SSLCertVerificationError):
        if "Hostname mismatch" in cause.verify_message or "IP address mismatch" in str(cause):
            return Unreachable(f"{text}x509: certificate is not valid for {host}", _NAME_HINT)
        if "expired" in cause.verify_message:
            return Unreachable(f"{text}x509: certificate has expired", "renew it on the server")
        return Unreachable(f"{text}x509: certificate signed by unknown authority", _CA_HINT)
    if _speaks_plain_http(error):
        return Unreachable(
            f"{text}tls: first record does not look like a TLS handshake",
            f"{host} speaks plain HTTP: add --plain-http, if the network between is trusted",
        )
    if isinstance(cause, ssl.SSLError):
        hint = f"{host} may want a client certificate: --cert-file, --key-file"
        reason = (cause.reason or "handshake failure").lower().replace("_", " ")
        return Unreachable(f"{text}tls: {reason}", hint)
    if isinstance(cause, socket.gaierror):
        return Unreachable(f"{text}no such host", f"is {host} spelled right?")
    if isinstance(cause, urllib3.exceptions.TimeoutError):
        return Unreachable(f"{text}timeout", "is the server up, is a proxy needed (HTTPS_PROXY)?")
    shown = (isinstance(cause, OSError) and cause.strerror) or str(cause).rpartition(": ")[2]
    return Unreachable(f"{text}{shown.lower()}", f"is a registry running at {host}?")


_CA_HINT = """\
trust the server's CA on this machine:
    sudo cp CA.pem /usr/local/share/ca-certificates/registry.crt && sudo update-ca-certificates
    sudo cp CA.pem /etc/pki/ca-trust/source/anchors/ && sudo update-ca-trust    (RHEL, Fedora)
or name it for one command: --ca-file CA.pem (or SSL_CERT_FILE=CA.pem)"""
_NAME_HINT = "use a name that stands in the certificate"


def _cause(error: BaseException) -> BaseException:
    """The innermost reason."""
    inner: Any = error.reason if isinstance(error, MaxRetryError) else None
    inner = inner or error.__cause__ or (error.args[-1] if error.args else None)
    return _cause(inner) if isinstance(inner, BaseException) else error


def _speaks_plain_http(error: Exception) -> bool:
    cause = _cause(error)
    return isinstance(cause, ssl.SSLError) and cause.reason in (
        "WRONG_VERSION_NUMBER",
        "HTTP_REQUEST",
        "RECORD_LAYER_FAILURE",
        "UNKNOWN_PROTOCOL",
        "PACKET_LENGTH_TOO_LONG",
    )
