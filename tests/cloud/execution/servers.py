"""Debian's PostgreSQL and Redis, with TLS and certificates of an authority made for the test."""

import datetime as dt
import ipaddress
import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from infra.local.address import free_port

READY_WITHIN_SECONDS = 30
REDIS_SERVER = shutil.which("redis-server")
POSTGRES_PROGRAMS = max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)


@dataclass(frozen=True)
class Authority:
    """A certificate authority, and what it gave a server on this machine."""

    certificate: Path
    server_certificate: Path
    server_key: Path


def make_authority(folder: Path, host: str = "localhost") -> Authority:
    """An authority of its own, with a certificate for a host name."""
    folder.mkdir(parents=True)
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tests")])
    now = dt.datetime.now(dt.UTC)

    def sign(name: x509.Name, public_key: ec.EllipticCurvePublicKey, extension: x509.ExtensionType) -> bytes:
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(subject).public_key(public_key)
        builder = builder.serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(now - dt.timedelta(hours=1)).not_valid_after(now + dt.timedelta(days=1))
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
        builder = builder.add_extension(extension, critical=True).add_extension(identifier, critical=False)
        if isinstance(extension, x509.BasicConstraints):
            own = x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key())
            usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
            builder = builder.add_extension(own, critical=False).add_extension(usage, critical=True)
        return builder.sign(authority_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    names = x509.SubjectAlternativeName([x509.DNSName(host), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificates = Authority(folder / "ca.pem", folder / "server.pem", folder / "server.key")
    certificates.certificate.write_bytes(
        sign(subject, authority_key.public_key(), x509.BasicConstraints(ca=True, path_length=0))
    )
    server = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    certificates.server_certificate.write_bytes(sign(server, key.public_key(), names))
    certificates.server_key.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    certificates.server_key.chmod(0o600)
    return certificates


@contextmanager
def running(
    command: Sequence[str | Path], is_ready: Callable[[], bool], log_path: Path, user: int | None = None
) -> Iterator[None]:
    """A server for as long as the block runs."""
    with log_path.open("w") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, user=user)
        try:
            deadline = time.monotonic() + READY_WITHIN_SECONDS
            while not is_ready():
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"{command[0]} does not start: {log_path.read_text()[-2000:]}")
                time.sleep(0.05)
            yield
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def redis_with_tls(folder: Path, authority: Authority, password: str) -> Iterator[int]:
    """The port of a cluster of one server, durable as the queue is in the cloud; its administrator has a password."""
    folder.mkdir(parents=True)
    port = free_port()
    tls = ["--tls-cert-file", str(authority.server_certificate), "--tls-key-file", str(authority.server_key)]
    tls += ["--tls-ca-cert-file", str(authority.certificate), "--tls-auth-clients", "no", "--tls-cluster", "yes"]
    command = [REDIS_SERVER or "", "--port", "0", "--tls-port", str(port), *tls, "--dir", str(folder)]
    command += ["--bind", "127.0.0.1", "--requirepass", password, "--appendonly", "yes", "--appendfsync", "always"]
    command += ["--maxmemory-policy", "noeviction", "--save", "", "--cluster-enabled", "yes"]
    command += ["--cluster-port", str(free_port()), "--cluster-announce-hostname", "localhost"]
    command += ["--cluster-preferred-endpoint-type", "hostname"]

    def call(*words: str) -> str:
        client = ["redis-cli", "-p", str(port), "--tls", "--cacert", str(authority.certificate), "--no-auth-warning"]
        done = subprocess.run([*client, "-a", password, *words], capture_output=True, text=True, timeout=10)
        return done.stdout

    with running(command, lambda: call("ping").strip() == "PONG", folder / "redis.log"):
        assert call("cluster", "addslotsrange", "0", "16383").strip() == "OK"
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        while "cluster_state:ok" not in call("cluster", "info"):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield port


@contextmanager
def postgres_with_tls(folder: Path, authority: Authority, password: str) -> Iterator[int]:
    """The port of a server with the database and superuser `analytics`, which takes TLS connections alone."""
    programs = POSTGRES_PROGRAMS or Path()
    port = free_port()
    user = pwd.getpwnam("postgres").pw_uid if os.geteuid() == 0 else None
    data = folder / "data"
    folder.mkdir(parents=True)
    password_file = folder / "password"
    password_file.write_text(password)
    for file in (authority.server_certificate, authority.server_key):
        shutil.copy(file, folder)
    (folder / "hba.conf").write_text("hostssl all all 127.0.0.1/32 scram-sha-256\n")
    (folder / "ident.conf").touch()
    if user is not None:
        for path in (folder, *folder.iterdir()):
            os.chown(path, user, -1)
    options = ["-A", "scram-sha-256", "-U", "analytics", "--no-sync", "-E", "UTF8", "--locale=C"]
    subprocess.run(
        [programs / "initdb", "-D", data, *options, f"--pwfile={password_file}"],
        check=True, capture_output=True, user=user,
    )  # fmt: skip
    settings = {
        "port": str(port),
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "hba_file": str(folder / "hba.conf"),
        "ident_file": str(folder / "ident.conf"),
        "ssl": "on",
        "ssl_cert_file": str(folder / authority.server_certificate.name),
        "ssl_key_file": str(folder / authority.server_key.name),
        "fsync": "off",
    }
    words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    environment = {**os.environ, "PGPASSWORD": password, "PGSSLMODE": "verify-full"}
    environment["PGSSLROOTCERT"] = str(authority.certificate)

    def answers(*words: str | Path) -> bool:
        return subprocess.run(words, capture_output=True, env=environment, timeout=10).returncode == 0

    psql = ["psql", "-h", "localhost", "-p", str(port), "-U", "analytics", "-d", "postgres", "-c"]
    command = [programs / "postgres", "-D", data, *words]
    log_path = folder.with_suffix(".log")
    with running(command, lambda: answers(*psql, "select 1"), log_path, user):
        assert answers(*psql, "create database analytics")
        yield port
