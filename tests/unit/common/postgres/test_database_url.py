"""What DATABASE_URL may say of TLS and of the login."""

import ssl

import pytest

from common.postgres.database import Database, parse_url


def test_verify_full_checks_the_certificate_and_the_name() -> None:
    context = parse_url("postgresql://u:p@db.example/analytics?sslmode=verify-full")["ssl_context"]
    assert isinstance(context, ssl.SSLContext)
    assert context.check_hostname
    assert context.verify_mode == ssl.CERT_REQUIRED


@pytest.mark.parametrize("mode", ["require", "verify-ca", "allow", "on"])
def test_a_mode_that_would_verify_less_than_it_seems_to_is_refused(mode: str) -> None:
    with pytest.raises(ValueError, match="verify-full"):
        parse_url(f"postgresql://u:p@db.example/analytics?sslmode={mode}")


@pytest.mark.parametrize(("query", "context"), [("", None), ("?sslmode=prefer", None), ("?sslmode=disable", False)])
def test_without_verification_there_is_no_context(query: str, context: bool | None) -> None:
    assert parse_url(f"postgresql://u:p@localhost/analytics{query}")["ssl_context"] is context


def test_a_url_without_a_user_needs_a_secret() -> None:
    with pytest.raises(ValueError, match="DATABASE_SECRET_ARN"):
        Database("postgresql://localhost/analytics", connections=1, timeout_seconds=1)
