"""The kinds of values that settings have. Each has a check; its ValueError says what would be right.

No message repeats a URL: it may hold a password.
"""

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, Field

from common.errors import WrongSetting
from common.time_zone import check_time_zone

DATABASE_FORM = "postgresql://user:password@host:5432/database, with ?sslmode=verify-full for TLS"
MIN_VISITOR_KEY = 16
_MMDB_MARK = b"\xab\xcd\xefMaxMind.com"
_MMDB_TAIL_BYTES = 128 << 10
"""The mark of a MaxMind database lies within so many bytes of its end."""
_USUAL_PORTS = {"http": 80, "https": 443}


def check_redis_url(url: str) -> str:
    """A URL of a Redis server."""
    parts = _split(url)
    if parts.scheme not in ("redis", "rediss", "unix") or not (parts.hostname or parts.scheme == "unix"):
        raise ValueError("should look like redis://:password@host:6379/0, with rediss:// for TLS")
    if parts.scheme != "unix" and not re.fullmatch(r"/?\d*", parts.path):
        raise ValueError("should end in the number of a database, such as /0")
    return url


def check_database_url(url: str) -> str:
    """A URL of a PostgreSQL database."""
    parts = _split(url)
    if parts.scheme not in ("postgresql", "postgres"):
        raise ValueError(f"should look like {DATABASE_FORM}")
    return url


def check_database_groups(text: str) -> str:
    """Names of groups with their databases."""
    read_database_groups(text)
    return text


def read_database_groups(text: str) -> dict[str, str]:
    """The database URLs of `name=url name=url`, by name. Raises ValueError."""
    groups = _read_groups(text, "postgresql://…")
    for name, url in groups.items():
        try:
            check_database_url(url)
        except ValueError as error:
            raise ValueError(f"{name} {error}") from None
    return groups


def check_group_secrets(text: str) -> str:
    """Names of groups with ARNs."""
    read_group_secrets(text)
    return text


def read_group_secrets(text: str) -> dict[str, str]:
    """The ARNs of `name=arn name=arn`, by name. Raises ValueError."""
    return _read_groups(text, "arn:…")


def _read_groups(text: str, form: str) -> dict[str, str]:
    groups: dict[str, str] = {}
    for one in text.split():
        name, _, value = one.partition("=")
        if not re.fullmatch(r"[a-z][a-z0-9_-]{0,30}", name) or name in groups or name == "home" or not value:
            raise ValueError(
                f"should look like second={form} third={form}: each name once, none of them home, of a-z, 0-9, - and _"
            )
        groups[name] = value
    return groups


def check_http_url(url: str) -> str:
    """The URL of an HTTP service."""
    parts = _split(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("should look like http://127.0.0.1:3001")
    return url


def check_smtp_url(url: str) -> str:
    """The URL of a mail server, or none."""
    if not url:
        return url
    parts = _split(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path not in ("", "/"):
        raise ValueError("should look like smtp://user:password@host:587, with smtps:// for TLS from the start")
    return url


def check_mail_address(address: str) -> str:
    """An address without a name, or none."""
    # `=?` begins an encoded word, which may stand for anything
    if address and not re.fullmatch(r"(?!.*=\?)[0-9A-Za-z!#$%&'*+/=?^_`{|}~.-]{1,64}@[0-9A-Za-z.-]{1,255}", address):
        raise ValueError("should be an address alone, such as analytics@example.com")
    return address


def check_host(host: str) -> str:
    """An address to listen on."""
    if not re.fullmatch(r"[0-9A-Za-z.:%_-]+", host):
        raise ValueError("should be an address of this machine alone, such as 127.0.0.1 or 0.0.0.0")
    return host


def check_networks(text: str) -> str:
    """Addresses and networks, comma-separated."""
    for part in filter(None, map(str.strip, text.split(","))):
        try:
            ip_network(part)
        except ValueError:
            raise ValueError(_suggest_network(part)) from None
    return text


def check_origins(text: str) -> str:
    """Origins as browsers send them, comma-separated; or `*`."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts:
        raise ValueError("should be * for any, or origins such as https://a.example")
    if "*" in parts and len(parts) > 1:
        raise ValueError("should be * alone, or origins without it")
    for part in parts:
        if part not in ("*", "null") and part != (right := _find_origin(part)):
            like = right or "https://a.example"
            raise ValueError(
                f"{part} is no origin: it should look like {like}, with a scheme and nothing after the host"
            )
    return text


def check_url_path(path: str) -> str:
    """A path that needs no escaping."""
    if not re.fullmatch(r"(/[0-9A-Za-z_~-][0-9A-Za-z._~-]*)+", path):
        raise ValueError("should begin with / and have letters, digits and -._~ alone, such as /script.js")
    return path


def check_level(level: str) -> str:
    """The name of a level of the log."""
    if level.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise ValueError("should be DEBUG, INFO, WARNING or ERROR")
    return level


def check_stream_name(name: str) -> str:
    """What the names of keys are made of."""
    if any(character in "{}" or character.isspace() for character in name):
        raise ValueError("should be a name without spaces and braces, such as events")
    return name


def check_visitor_key(key: str) -> str:
    """A key that nobody guesses, or none."""
    if 0 < len(key) < MIN_VISITOR_KEY:
        raise ValueError(f"should have at least {MIN_VISITOR_KEY} characters, not to be guessed")
    return key


def check_process_key(key: str) -> str:
    """A key that nobody guesses and a header field can carry, or none."""
    if key and not re.fullmatch(r"[!-~]{16,200}", key):
        raise ValueError("should have 16 to 200 letters, digits and signs without spaces, not to be guessed")
    return key


def check_readable(file: Path, setting: str) -> None:
    """Raises WrongSetting where a file of settings is there and can't be read. `setting`: what names it."""
    try:
        if file.is_file():
            file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise WrongSetting(f"{setting}: {file} can't be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise WrongSetting(f"{setting}: {file} should be text in UTF-8") from None


def check_mmdb(path: str) -> None:
    """Raises ValueError unless the file is there, can be read, and is a MaxMind database; empty: none is named."""
    if not path:
        return
    try:
        with Path(path).open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - _MMDB_TAIL_BYTES))
            is_one = _MMDB_MARK in file.read()
    except OSError as error:
        raise ValueError(f"{path} can't be read ({error.strerror}): name a MaxMind database (.mmdb)") from None
    if not is_one:
        raise ValueError(f"{path} is no MaxMind database (.mmdb)")


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise ValueError(f"is no URL ({str(error).partition(' as ')[0]})") from None
    return parts


def _suggest_network(part: str) -> str:
    try:
        return f"{part} has bits set beyond its length: {ip_network(part, strict=False)} is the network"
    except ValueError:
        return f"{part} is neither an address nor a network: use such as 10.0.0.1 or 10.0.0.0/8, comma-separated"


def _find_origin(text: str) -> str:
    """The origin that a browser would send for what was probably meant; empty if that is unclear."""
    if "*" in text:
        return ""
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        port = "" if parts.port in (None, _USUAL_PORTS.get(parts.scheme)) else f":{parts.port}"
        host = (
            (parts.hostname or "").encode("idna").decode() if not (parts.hostname or "").isascii() else parts.hostname
        )
    except (ValueError, UnicodeError):
        return ""
    if not host or not re.fullmatch(r"[0-9a-z._:-]+", host):
        return ""
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}"


Port = Annotated[int, Field(ge=1, le=65_535)]
Host = Annotated[str, AfterValidator(check_host)]
Level = Annotated[str, AfterValidator(check_level)]
RedisUrl = Annotated[str, AfterValidator(check_redis_url)]
DatabaseGroups = Annotated[str, AfterValidator(check_database_groups)]
GroupSecrets = Annotated[str, AfterValidator(check_group_secrets)]
DatabaseUrl = Annotated[str, AfterValidator(check_database_url)]
HttpUrl = Annotated[str, AfterValidator(check_http_url)]
PublicUrl = Annotated[str, AfterValidator(lambda url: check_http_url(url) if url else url)]
SmtpUrl = Annotated[str, AfterValidator(check_smtp_url)]
MailAddress = Annotated[str, AfterValidator(check_mail_address)]
StreamName = Annotated[str, AfterValidator(check_stream_name)]
TimeZone = Annotated[str, AfterValidator(check_time_zone)]
Networks = Annotated[str, AfterValidator(check_networks)]
UrlPath = Annotated[str, AfterValidator(check_url_path)]
Origins = Annotated[str, AfterValidator(check_origins)]
VisitorKey = Annotated[str, AfterValidator(check_visitor_key)]
ProcessKey = Annotated[str, AfterValidator(check_process_key)]
MetricsKey = ProcessKey
