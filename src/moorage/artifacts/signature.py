"""Signatures and attestations: cosign, notation, sigstore bundles, in-toto statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from moorage.artifacts import keys
from moorage.artifacts.description import (
    ArtifactKind,
    Description,
    Pushed,
    Unreadable,
    part,
    short,
    text_map,
)
from moorage.artifacts.json_text import read_object
from moorage.oci.manifest import Descriptor, Manifest

COSIGN_LAYER = "application/vnd.dev.cosign.simplesigning.v1+json"
DSSE_LAYER = "application/vnd.dsse.envelope.v1+json"
INTOTO = "application/vnd.in-toto+json"
BUNDLE = "application/vnd.dev.sigstore.bundle"
NOTATION = "application/vnd.cncf.notary.signature"
SIGNATURES = 100
_ANNOTATION = "dev.cosignproject.cosign/signature"
_CERTIFICATE = "dev.sigstore.cosign/certificate"
_NO_KEYS = "no key is configured to check it with (SIGNATURE_KEYS)"
_UNKNOWN = "none of the configured keys made it (SIGNATURE_KEYS)"
_CHAIN = "it fits its certificate, whose issuer is not checked here"


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature: who, over what, and whether it holds."""

    format: Literal["cosign", "sigstore", "notation", "dsse", "unknown"]
    state: Literal["verified", "unknown_key", "failed", "unchecked"]
    reason: str
    """Why it is not verified, as a sentence; for a verified one by which key."""
    signed_digest: str
    """The digest that the signed text names."""
    identity: str
    """Who: the certificate's subject alternative name, or its subject."""
    issuer: str
    """Who vouches for the identity: the certificate's OIDC issuer, or its issuer."""
    fingerprint: str
    signed_at: str
    annotations: dict[str, str]


@dataclass(frozen=True, slots=True)
class Statement:
    """An in-toto statement."""

    predicate_type: str
    subjects: tuple[str, ...]
    builder: str


@dataclass(frozen=True, slots=True)
class SignatureDetails:
    subject_digest: str
    signatures: tuple[Signature, ...]
    statements: tuple[Statement, ...]
    problems: tuple[str, ...]


def recognise(manifest: Manifest) -> ArtifactKind | None:
    types = {manifest.artifact_type or ""} | {layer.media_type for layer in manifest.layers}
    types |= {manifest.config.media_type} if manifest.config else set()
    if COSIGN_LAYER in types or NOTATION in types:
        return ArtifactKind.SIGNATURE
    if DSSE_LAYER in types or INTOTO in types:
        return ArtifactKind.ATTESTATION
    # A sigstore bundle holds either; the predicate says which, once it has been read.
    is_bundle = any(one.startswith(BUNDLE) for one in types)
    return ArtifactKind.SIGNATURE if is_bundle else None


def claim(manifest: Manifest, config: Mapping[str, Any]) -> ArtifactKind | None:
    return recognise(manifest)


def wanted(pushed: Pushed) -> Sequence[Descriptor]:
    return pushed.manifest.layers[:SIGNATURES]


@dataclass(slots=True)
class _Found:
    signatures: list[Signature]
    statements: list[Statement]
    problems: list[str]


def describe(pushed: Pushed, kind: ArtifactKind) -> Description:
    found = _Found([], [], [])
    known = keys.read_keys(pushed.trust.keys)
    listed = pushed.document.get("layers") or []
    for layer, entry in zip(pushed.manifest.layers[:SIGNATURES], listed, strict=False):
        try:
            _read(pushed, layer, text_map(part(entry, "annotations")), known, found)
        except Unreadable as error:
            found.problems.append(error.reason)
    if not found.signatures and not found.statements:
        raise Unreadable(found.problems[0] if found.problems else "the manifest holds no signature")
    subject = pushed.manifest.subject.digest if pushed.manifest.subject else _by_tag(pushed.tags)
    if found.statements and not any(
        one.predicate_type.endswith("/sign/v1") for one in found.statements
    ):
        kind = ArtifactKind.ATTESTATION
    who = next((one.identity for one in found.signatures if one.identity), "")
    types = ", ".join(dict.fromkeys(one.predicate_type for one in found.statements))
    return Description(
        kind=kind,
        details=SignatureDetails(
            subject,
            tuple(_of_subject(one, subject) for one in found.signatures),
            tuple(found.statements),
            tuple(found.problems),
        ),
        summary=types or (f"signed by {who}" if who else ""),
    )


def _by_tag(tags: tuple[str, ...]) -> str:
    """cosign's tag names the subject: sha256-<hex>.sig, .att or .sbom."""
    for tag in tags:
        algorithm, _, rest = tag.partition("-")
        encoded = rest.partition(".")[0]
        if algorithm in ("sha256", "sha512") and len(encoded) in (64, 128):
            return f"{algorithm}:{encoded}"
    return ""


def _of_subject(one: Signature, subject: str) -> Signature:
    """A signature over another digest proves nothing of this subject."""
    if not subject or not one.signed_digest or one.signed_digest == subject:
        return one
    reason = f"it signs {one.signed_digest}, not {subject}"
    return Signature(
        one.format,
        "failed",
        reason,
        one.signed_digest,
        one.identity,
        one.issuer,
        one.fingerprint,
        one.signed_at,
        one.annotations,
    )


def _read(
    pushed: Pushed,
    layer: Descriptor,
    annotations: dict[str, str],
    known: Mapping[str, keys.PublicKey],
    found: _Found,
) -> None:
    raw = pushed.layer(layer)
    if layer.media_type == COSIGN_LAYER:
        found.signatures.append(_cosign(raw, annotations, known))
    elif layer.media_type.startswith(BUNDLE):
        _bundle(raw, known, found)
    elif layer.media_type == DSSE_LAYER:
        certificate = annotations.get(_CERTIFICATE, "").encode()
        _dsse(read_object(raw, "the envelope"), certificate, known, "dsse", found)
    elif layer.media_type == INTOTO:
        found.statements.append(_statement(read_object(raw, "the statement")))
    elif layer.media_type == "application/jose+json":
        found.signatures.append(_notation(raw, known))
    else:
        reason = f"signatures as {layer.media_type} are not read"
        found.signatures.append(_signature("unknown", ("unchecked", reason)))


def _signature(
    format_: Literal["cosign", "sigstore", "notation", "dsse", "unknown"],
    verdict: tuple[Literal["verified", "unknown_key", "failed", "unchecked"], str],
    digest: str = "",
    holder: keys.Holder | None = None,
    signed_at: str = "",
    annotations: dict[str, str] | None = None,
) -> Signature:
    return Signature(
        format=format_,
        state=verdict[0],
        reason=verdict[1],
        signed_digest=digest,
        identity=holder.identity if holder else "",
        issuer=holder.issuer if holder else "",
        fingerprint=holder.fingerprint if holder else "",
        signed_at=signed_at,
        annotations=annotations or {},
    )


def _cosign(
    raw: bytes, annotations: dict[str, str], known: Mapping[str, keys.PublicKey]
) -> Signature:
    """(cosign: specs/SIGNATURE_SPEC.md)"""
    payload = read_object(raw, "the signed payload")
    signature = keys.from_base64(annotations.get(_ANNOTATION))
    verdict, holder = _verdict(raw, signature, annotations.get(_CERTIFICATE, "").encode(), known)
    digest = short(part(payload, "critical", "image", "docker-manifest-digest"))
    return _signature(
        "cosign", verdict, digest, holder, annotations=text_map(payload.get("optional"))
    )


_Verdict = tuple[Literal["verified", "unknown_key", "failed", "unchecked"], str]


def _verdict(
    text: bytes, signature: bytes, certificate: bytes, known: Mapping[str, keys.PublicKey]
) -> tuple[_Verdict, keys.Holder | None]:
    """Whether a configured key made the signature; else what its certificate says."""
    for name, key in known.items():
        if keys.holds(key, signature, text):
            return ("verified", f"by the key {name}"), None
    if not certificate:
        return ("unknown_key", _UNKNOWN if known else _NO_KEYS), None
    parsed = keys.read_certificate(certificate)
    holder = keys.holder_of(parsed)
    if not keys.holds(keys.key_of(parsed), signature, text):
        return ("failed", "the signature does not fit its certificate"), holder
    return ("unknown_key", _CHAIN), holder


def _bundle(raw: bytes, known: Mapping[str, keys.PublicKey], found: _Found) -> None:
    """(sigstore: protobuf-specs, bundle)"""
    document = read_object(raw, "the bundle")
    material = document.get("verificationMaterial")
    chain = part(material, "x509CertificateChain", "certificates")
    first = chain[0] if isinstance(chain, list) and chain else None
    certificate = keys.from_base64(
        part(material, "certificate", "rawBytes") or part(first, "rawBytes")
    )
    envelope = document.get("dsseEnvelope")
    if isinstance(envelope, dict):
        _dsse(envelope, certificate, known, "sigstore", found)
        return
    digest = keys.from_base64(part(document, "messageSignature", "messageDigest", "digest")).hex()
    holder = keys.holder_of(keys.read_certificate(certificate)) if certificate else None
    reason = "it signs a text that is not in the bundle"
    found.signatures.append(
        _signature("sigstore", ("unchecked", reason), f"sha256:{digest}" if digest else "", holder)
    )


def _dsse(
    envelope: dict[str, Any],
    certificate: bytes,
    known: Mapping[str, keys.PublicKey],
    format_: Literal["sigstore", "dsse"],
    found: _Found,
) -> None:
    """(secure-systems-lab/dsse: protocol.md)"""
    payload = keys.from_base64(envelope.get("payload"))
    kind = short(envelope.get("payloadType"))
    statement = _statement(read_object(payload, "the statement"))
    found.statements.append(statement)
    text = b"DSSEv1 %d %s %d " % (len(kind), kind.encode(), len(payload)) + payload
    listed = envelope.get("signatures")
    for one in (listed if isinstance(listed, list) else [])[:SIGNATURES]:
        signature = keys.from_base64(part(one, "sig"))
        own = part(one, "cert")
        cert = own.encode() if isinstance(own, str) else certificate
        verdict, holder = _verdict(text, signature, cert, known)
        digest = statement.subjects[0] if statement.subjects else ""
        found.signatures.append(_signature(format_, verdict, digest, holder))


def _statement(document: dict[str, Any]) -> Statement:
    """(in-toto: attestation/spec)"""
    subjects = document.get("subject")
    return Statement(
        predicate_type=short(document.get("predicateType")),
        subjects=tuple(
            f"{algorithm}:{value}"
            for one in (subjects if isinstance(subjects, list) else [])[:1_000]
            for algorithm, value in text_map(part(one, "digest")).items()
        ),
        builder=short(
            part(document, "predicate", "runDetails", "builder", "id")
            or part(document, "predicate", "builder", "id")
        ),
    )


def _notation(raw: bytes, known: Mapping[str, keys.PublicKey]) -> Signature:
    """A JWS envelope. (notaryproject: signature-envelope-jws.md)"""
    envelope = read_object(raw, "the envelope")
    protected, payload = envelope.get("protected"), envelope.get("payload")
    if not isinstance(protected, str) or not isinstance(payload, str):
        raise Unreadable("the envelope is no JWS")
    header = read_object(keys.from_base64(protected, is_url=True), "the envelope's header")
    signed = read_object(keys.from_base64(payload, is_url=True), "the signed payload")
    chain = part(envelope, "header", "x5c")
    certificates = [
        keys.read_certificate(keys.from_base64(one))
        for one in (chain if isinstance(chain, list) else [])[:10]
    ]
    if not certificates:
        raise Unreadable("the envelope holds no certificate")
    signature = keys.from_base64(envelope.get("signature"), is_url=True)
    key, text = keys.key_of(certificates[0]), f"{protected}.{payload}".encode()
    verdict: _Verdict = ("unknown_key", _CHAIN)
    if not keys.jws_holds(key, short(header.get("alg")), signature, text):
        verdict = ("failed", "the signature does not fit its certificate")
    elif name := _trusted(certificates, known):
        verdict = ("verified", f"by a certificate under {name}")
    return _signature(
        "notation",
        verdict,
        short(part(signed, "targetArtifact", "digest")),
        keys.holder_of(certificates[0]),
        short(header.get("io.cncf.notary.signingTime")),
        text_map(part(signed, "targetArtifact", "annotations")),
    )


def _trusted(certificates: list[Any], known: Mapping[str, keys.PublicKey]) -> str:
    """The configured certificate to which the whole chain leads; "" for none."""
    if not all(keys.is_issued_by(one, issuer) for one, issuer in pairwise(certificates)):
        return ""
    last = keys.key_of(certificates[-1])
    return next((name for name, key in known.items() if key == last), "")
