"""Certificates that are trusted besides the system's: Quay's folder `extra_ca_certs`."""

from __future__ import annotations

from pathlib import Path

FOLDER = "extra_ca_certs"


def extra_certificates(folder: Path) -> str:
    """The certificates of all files in the folder, as PEM. Raises ValueError, naming the file."""
    from cryptography import x509

    found = []
    try:
        # A mounted ConfigMap has hidden folders beside its files.
        files = sorted(one for one in folder.iterdir() if one.is_file() and one.name[0] != ".")
        for path in files:
            text = path.read_text(encoding="ascii")
            x509.load_pem_x509_certificates(text.encode())
            found.append(text)
    except OSError as error:
        raise ValueError(f"{error.filename} cannot be read: {error.strerror}") from None
    except ValueError:
        raise ValueError(f"{path} holds no PEM certificate") from None
    return "\n".join(found)
