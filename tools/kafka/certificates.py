# SPDX-License-Identifier: Apache-2.0
"""A throw-away certificate authority, and what it signed for localhost; made by openssl."""

import os
import pathlib
import secrets
import shutil
import subprocess

from trouble import Trouble, Unavailable

USER = "aisle"
DAYS = "3650"
# Read by the broker as a key store of the type PEM, which wants PKCS #8: what openssl 3 writes.
KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


def _openssl(*arguments):
    ended = subprocess.run(
        ["openssl", *map(str, arguments)], capture_output=True, text=True, check=False
    )
    if ended.returncode != 0:
        raise Trouble(f"openssl {arguments[0]} failed: {ended.stderr.strip()}")


def _authority(certificate, key, name):
    _openssl("req", "-x509", *KEY, "-keyout", key, "-out", certificate, "-days", DAYS,
             "-subj", f"/CN={name}")  # fmt: skip


def make(folder):
    """Fills the folder: ca.pem, wrong-ca.pem (which signed nothing), server.pem, password."""
    if not shutil.which("openssl"):
        raise Unavailable("there is no openssl, which makes the certificates: install openssl")
    folder = pathlib.Path(folder)
    folder.mkdir(mode=0o700)
    _authority(folder / "ca.pem", folder / "ca.key", "Aisle throw-away CA")
    _authority(folder / "wrong-ca.pem", folder / "wrong-ca.key", "Another throw-away CA")
    (folder / "wrong-ca.key").unlink()

    names = "subjectAltName=DNS:localhost,IP:127.0.0.1"
    _openssl("req", "-x509", *KEY, "-keyout", folder / "server.key", "-out", folder / "server.crt",
             "-days", DAYS, "-subj", "/CN=localhost", "-addext", names,
             "-addext", "basicConstraints=critical,CA:FALSE",
             "-CA", folder / "ca.pem", "-CAkey", folder / "ca.key")  # fmt: skip
    parts = [(folder / name).read_text() for name in ("server.key", "server.crt")]
    _write_secret(folder / "server.pem", "".join(parts))
    for name in ("ca.key", "server.key", "server.crt"):
        (folder / name).unlink()
    _write_secret(folder / "password", secrets.token_urlsafe(18))


def _write_secret(path, text):
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
