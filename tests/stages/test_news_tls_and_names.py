"""Certificates that are not to be trusted, and name servers that change their mind."""

import datetime as dt
import socket
import ssl
import subprocess
import sys
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pipeline.errors import SourceUnavailable
from pipeline.news.crawl import crawl_sites
from pipeline.parameters import NewsParams
from tests.stages.news_server import page, serving

PARAMS = NewsParams(delay_seconds=0, page_timeout_seconds=30)
PUBLIC_NAME = "habar.example"
# The name is public when it is looked up first and private from then on. No public address can be
# connected to here, so 127.0.0.2, where the site is, is let pass for one.
REBINDING = """
import ipaddress, socket, sys
found, looked_up = socket.getaddrinfo, []
def rebinding(host, port, *rest, **named):
    if host == "habar.example":
        looked_up.append(host)
        host = "127.0.0.2" if len(looked_up) == 1 else "127.0.0.1"
    return found(host, port, *rest, **named)
socket.getaddrinfo = rebinding
from pathlib import Path
from pipeline.news import connections
is_public = connections.is_public
connections.is_public = lambda host: host == "127.0.0.2" or is_public(host)
from pipeline.news.__main__ import main
code = main(Path(sys.argv[1]))
sys.stderr.write(f"looked up {len(looked_up)} times")
sys.exit(code)
"""


def certificate(folder, name):
    """A self-signed certificate for a name, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    day = dt.timedelta(days=1)
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(private + built.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.mark.parametrize(
    ("named", "is_trusted", "is_read"),
    [
        (PUBLIC_NAME, True, True),
        (PUBLIC_NAME, False, False),
        ("another.example", True, False),
    ],
)
def test_only_a_server_whose_certificate_is_to_be_trusted_is_asked(
    tmp_path, monkeypatch, named, is_trusted, is_read
):
    path = certificate(tmp_path, named)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    if is_trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with serving({"/": page()}) as server:
        server.httpd.socket = context.wrap_socket(server.httpd.socket, server_side=True)
        site = server.site(home=(f"https://{PUBLIC_NAME}/",))
        if is_read:
            pages = crawl_sites({"habar": site}, PARAMS, [], tmp_path / "crawl").pages
            assert pages["reject_reason"].to_pylist() == [None]
        else:
            with pytest.raises(SourceUnavailable, match="certificate is not to be trusted"):
                crawl_sites({"habar": site}, PARAMS, [], tmp_path / "crawl")
            assert server.requests == []


def test_a_name_that_becomes_private_while_it_is_visited_is_not_followed(tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline.news.crawl._COMMAND", (sys.executable, "-c", REBINDING))
    with serving({}) as decoy:
        port = int(decoy.address.rpartition(":")[2])
        # closes after each answer, so that the name is looked up for every request
        public = subprocess.Popen(
            [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.2"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=tmp_path,
        )
        try:
            _wait_for("127.0.0.2", port)
            site = decoy.site(home=(f"http://{PUBLIC_NAME}:{port}/",), served_at=None)
            with pytest.raises(SourceUnavailable, match="private network"):
                crawl_sites({"habar": site}, PARAMS, [], tmp_path / "crawl")
        finally:
            public.kill()
            public.wait()
        assert decoy.requests == []
    said = (tmp_path / "crawl" / "errors.txt").read_text()
    assert int(said.rpartition("looked up ")[2].split()[0]) >= 2


def _wait_for(host, port):
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex((host, port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError
