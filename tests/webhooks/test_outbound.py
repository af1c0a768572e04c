"""Where customers' addresses may lead, and how long an answer may take."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import override_settings

from tests.receiver import Receiver
from ttsplatform.outbound import OutboundError, check_url, exchange
from ttsplatform.outside import is_outside

INSIDE = [
    *("127.0.0.1", "10.0.0.1", "172.16.3.4", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
    *("224.0.0.1", "255.255.255.255", "198.18.0.1", "192.0.2.1", "240.0.0.1"),
    *("::1", "::", "::ffff:7f00:1", "::7f00:1", "64:ff9b::7f00:1", "64:ff9b:1::808:808", "2002:7f00:1::"),
    *("fe80::1", "fc00::1", "fec0::1", "ff02::1", "2001:db8::1", "2001::1", "::ffff:0:a00:1"),
]
OUTSIDE = ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]


def test_nothing_private_local_shared_or_hidden_counts_as_outside() -> None:
    assert [text for text in INSIDE if is_outside(ipaddress.ip_address(text))] == []
    assert [text for text in OUTSIDE if not is_outside(ipaddress.ip_address(text))] == []


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://[::ffff:7f00:1]/",
        "http://[64:ff9b::7f00:1]:8080/",
        "http://localhost/",
        "http://169.254.169.254/latest/meta-data/",
        "http://100.64.0.1/",
        "ftp://8.8.8.8/",
        "file:///etc/passwd",
        "http://",
        "http://8.8.8.8:99999/",
        "http://8.8.8.8:0/",
        "http://user:secret@8.8.8.8/",
        "http://8.8.8.8/a b",
        "http://8.8.8.8/\r\nHost: other",
        "http://münchen.example/",
        "http://8.8.8.8/" + "x" * 2000,
        "//8.8.8.8/",
        "http://[::1",
    ],
)
def test_an_address_that_must_not_be_called_is_refused_in_words(url: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        check_url(url)
    with pytest.raises((ValueError, OutboundError)):
        exchange("POST", url)


def test_good_addresses_pass_with_any_port() -> None:
    for url in ("https://8.8.8.8/hook?x=1", "http://8.8.8.8:8081", "https://[2606:4700:4700::1111]:444/"):
        check_url(url)


def test_a_name_that_leads_elsewhere_at_the_second_look_reaches_nothing_inside() -> None:
    answers = iter(["8.8.8.8", "127.0.0.1"])

    def rebinding(host: str, port: int, **options: Any) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    with Receiver() as receiver, patch("ttsplatform.outbound.socket.getaddrinfo", rebinding):
        url = f"http://rebinds.example:{receiver.port}/"
        check_url(url)
        with pytest.raises(OutboundError) as refused:
            exchange("POST", url)
    assert refused.value.problem == "blocked"
    assert receiver.got == []


def test_a_name_that_is_looked_up_for_ever_holds_nobody_up() -> None:
    let_go = threading.Event()

    def slow(host: str, port: int, **options: Any) -> Any:
        let_go.wait(20)
        return []

    began = time.monotonic()
    with (
        patch("ttsplatform.outbound.socket.getaddrinfo", slow),
        patch("ttsplatform.outbound.CHECK_SECONDS", 0.3),
    ):
        check_url("https://slow.example/")  # judged again at every delivery
        with pytest.raises(OutboundError) as refused:
            exchange("POST", "https://slow.example/", seconds=0.5)
    let_go.set()
    assert refused.value.problem in {"dns", "timeout"}
    assert time.monotonic() - began < 2


@override_settings(WEBHOOK_ALLOW=["127.0.0.0/8"])
def test_the_operator_can_allow_a_network() -> None:
    with Receiver() as receiver:
        check_url(receiver.url)
        assert exchange("POST", receiver.url, body=b"{}").status == 204
    assert (receiver.got[0].path, receiver.got[0].body) == ("/hook?from=tests", b"{}")


@override_settings(WEBHOOK_ALLOW=["localhost"])
def test_the_operator_can_allow_a_host_by_name_and_the_request_names_it() -> None:
    with Receiver() as receiver:
        assert exchange("POST", f"http://localhost:{receiver.port}/").status == 204
        with pytest.raises(OutboundError):
            exchange("POST", f"http://127.0.0.1:{receiver.port}/")
    assert receiver.got[0].headers["host"] == f"localhost:{receiver.port}"


def to_the_inside(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(302)
    handler.send_header("Location", "http://169.254.169.254/")
    handler.end_headers()


def one_byte_at_a_time(handler: BaseHTTPRequestHandler) -> None:
    for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 500:
        handler.wfile.write(bytes([byte]))
        time.sleep(0.1)


def a_gigabyte(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(10**9))
    handler.end_headers()
    for _ in range(1000):
        handler.wfile.write(bytes(10**6))


def not_http(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"Hello?\n")


def hangs_in_the_body(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "10")
    handler.end_headers()
    time.sleep(2)


def certificate_for(name: str, folder: Path) -> Path:
    """A file with a fresh key and its self-signed certificate for `name`."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / f"{name}.pem"
    path.write_bytes(secret + made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return path


@override_settings(WEBHOOK_ALLOW=["127.0.0.0/8"])
def test_certificates_must_be_trusted_and_name_the_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pem = certificate_for("localhost", tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    asked: list[str | None] = []
    context.sni_callback = lambda line, name, its_context: asked.append(name)
    with Receiver(tls=context) as receiver:
        url = f"https://localhost:{receiver.port}/"
        with pytest.raises(OutboundError) as unknown:
            exchange("POST", url, seconds=3)
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
        assert exchange("POST", url, seconds=3).status == 204
        with pytest.raises(OutboundError) as misnamed:
            exchange("POST", f"https://127.0.0.1:{receiver.port}/", seconds=3)
    assert (unknown.value.problem, misnamed.value.problem) == ("tls", "tls")
    assert asked[1] == "localhost"
    assert len(receiver.got) == 1


@override_settings(WEBHOOK_ALLOW=["127.0.0.1"])
def test_redirects_are_not_followed() -> None:
    with Receiver(behave=to_the_inside) as receiver:
        assert exchange("POST", receiver.url).status == 302


@override_settings(WEBHOOK_ALLOW=["127.0.0.1"])
def test_bytes_that_drip_do_not_prolong_the_wait() -> None:
    began = time.monotonic()
    with Receiver(behave=one_byte_at_a_time) as receiver, pytest.raises(OutboundError) as slow:
        exchange("POST", receiver.url, seconds=0.5)
    assert slow.value.problem == "timeout"
    assert time.monotonic() - began < 2


@override_settings(WEBHOOK_ALLOW=["127.0.0.1"])
def test_of_a_gigabyte_64_kib_are_read() -> None:
    with Receiver(behave=a_gigabyte) as receiver:
        answer = exchange("POST", receiver.url)
    assert (answer.status, len(answer.body)) == (200, 65536)


@override_settings(WEBHOOK_ALLOW=["127.0.0.1"])
def test_a_body_that_never_comes_does_not_undo_its_status() -> None:
    with Receiver(behave=hangs_in_the_body) as receiver:
        assert exchange("POST", receiver.url, seconds=0.4).status == 200


@override_settings(WEBHOOK_ALLOW=["127.0.0.1"])
def test_what_is_not_there_or_not_http_or_not_tls_is_told_apart() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    with pytest.raises(OutboundError) as refused:
        exchange("POST", f"http://127.0.0.1:{port}/")
    assert refused.value.problem == "connect"
    with Receiver() as receiver, pytest.raises(OutboundError) as no_tls:
        exchange("POST", f"https://127.0.0.1:{receiver.port}/", seconds=2)
    assert no_tls.value.problem == "tls"
    with Receiver(behave=not_http) as receiver, pytest.raises(OutboundError) as odd:
        exchange("POST", receiver.url, seconds=2)
    assert odd.value.problem == "protocol"
