"""Every setting of every part, read once from the environment and .env files."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import AwareDatetime, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from common import setting_checks as checks
from common.errors import WrongSetting
from common.event import EARLIEST
from common.setting_faults import describe
from common.wire import MAX_BATCH_EVENTS

GENERATED_ENV = "generated.env"
"""File in the data folder in which `analytics up` notes the URLs and passwords of the servers it started."""


UnknownSites = Literal["accept", "create", "reject"]


class Settings(BaseSettings):
    """The one settings model. A field's environment variable is its name in capitals.

    Read in this order: the environment, `.env`, what `analytics up` generated, the default.
    An empty value means the default.
    """

    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",
        env_ignore_empty=True,
        env_file_encoding="utf-8-sig",  # Windows' editors begin a file with a byte order mark
        hide_input_in_errors=True,
        allow_inf_nan=False,
    )

    listen_host: checks.Host = Field(
        "127.0.0.1", description="Address that ingest and stats listen on; `make up` keeps all else on 127.0.0.1."
    )
    ingest_port: checks.Port = Field(3001, description="Port of the ingest function.")
    process_port: checks.Port = Field(3002, description="Port of the process function.")
    stats_port: checks.Port = Field(3003, description="Port of the stats function.")
    poller_port: checks.Port = Field(3004, description="Port of the poller's health checks.")
    redis_port: checks.Port = Field(16379, description="Port of the Redis (Valkey) server.")
    postgres_port: checks.Port = Field(15432, description="Port of the PostgreSQL server.")
    data_dir: Path = Field(Path(".data"), description="Folder in which `make up` keeps all data.")
    log_level: checks.Level = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")

    redis_url: checks.RedisUrl = Field(
        "redis://127.0.0.1:16379/0",
        description="The queue's server; `make up` starts its own where this is unset.",
    )
    redis_secret_arn: str = Field(
        "", description="Secret of AWS Secrets Manager with the queue's password (and username), as JSON."
    )
    redis_timeout_seconds: float = Field(5, gt=0, description="Longest wait for an answer of Redis.")
    redis_cluster: bool = Field(
        False, description="Whether REDIS_URL names a node of a Redis or Valkey Cluster (see docs/scaling.md)."
    )
    redis_waitaof_replicas: int = Field(
        1, ge=0, description="In a cluster: replicas that sync an event before its 202; 0 if the service ensures that."
    )
    database_url: checks.DatabaseUrl = Field(
        "postgresql://analytics@127.0.0.1:15432/analytics",
        description="The PostgreSQL database; `make up` starts its own where this is unset.",
    )
    database_groups: checks.DatabaseGroups = Field(
        "",
        description="Further databases for sites, as name=url, separated by spaces (see docs/scaling.md).",
    )
    database_secret_arn: str = Field(
        "", description="Secret of AWS Secrets Manager with the database's username and password, as JSON."
    )
    database_admin_secret_arn: str = Field(
        "", description="For the migrations at deploy: secret of the login that makes the roles of the database."
    )
    database_group_admin_secret_arns: checks.GroupSecrets = Field(
        "", description="For the migrations at deploy: the same of further groups, as name=arn, separated by spaces."
    )
    database_writer_secret_arn: str = Field(
        "", description="For the migrations at deploy: secret of the role that the processor uses."
    )
    database_reader_secret_arn: str = Field(
        "", description="For the migrations at deploy: secret of the role that stats uses."
    )
    database_owner_password: str = Field(
        "", description="For `analytics roles`: password of the role that owns the tables."
    )
    database_writer_password: str = Field(
        "", description="For `analytics roles`: password of the role that the processor uses."
    )
    database_reader_password: str = Field(
        "", description="For `analytics roles`: password of the role that stats uses."
    )
    database_timeout_seconds: float = Field(
        10,
        gt=0,
        description="Longest wait for a statement or a lock;"
        " for the processor at most half of PROCESS_TIMEOUT_SECONDS.",
    )
    database_connections: int = Field(4, ge=1, description="Most connections that one function instance opens.")

    stream_name: checks.StreamName = Field(
        "events", description="Name of the stream; its shards are {name:0}, {name:1} …"
    )
    stream_shards: int = Field(1, ge=1, description="Number of shards; a site is always in the same one.")
    site_share_bytes: int = Field(
        250_000, ge=0, description="Bytes a second of a site's events that are queued with all others'; 0: any number."
    )
    ledger_hours: int = Field(72, ge=1, description="How many hours the ledger remembers what became of events.")
    filtered_days: int = Field(30, ge=1, description="How many days filtered events (from bots and spam) are kept.")
    day_closes_after_hours: int = Field(
        6,
        ge=0,
        description="Hours without new events after which a day that is over is closed: it takes less space, and a late"
        " event takes longer; 0: never.",
    )
    time_zone: checks.TimeZone = Field(
        "UTC", description="Time zone of new sites, an IANA name; it decides their days."
    )
    unknown_sites: UnknownSites = Field(
        "create",
        description="An event of an unknown site: accept (it counts), create (the site is known then) or reject (422).",
    )
    backlog_max_events: int = Field(5_000_000, ge=1, description="Queued events past which ingest answers 503.")
    backlog_max_bytes: int = Field(1 << 30, ge=1, description="Queued bytes past which ingest answers 503.")

    http_timeout_seconds: float = Field(
        15,
        gt=0,
        description="Longest wait for a request's headers, for its body, and for the client to read the answer.",
    )
    http_max_requests: int = Field(512, ge=1, description="Requests in hand past which an instance answers 503.")
    http_max_bytes: int = Field(
        128 << 20, ge=1, description="Bytes of requests' bodies in hand past which an instance answers 503."
    )
    http_max_connections: int = Field(2_048, ge=1, description="Connections past which an instance closes new ones.")

    rate_limit_client_requests: int = Field(
        0, ge=0, description="Requests to ingest that a client may send in RATE_LIMIT_WINDOW_SECONDS; 0: any number."
    )
    rate_limit_site_requests: int = Field(
        0, ge=0, description="Requests to ingest with events of one site, in the same time; 0: any number."
    )
    rate_limit_window_seconds: int = Field(60, ge=1, description="The time window of both limits.")
    rate_limit_key: str = Field(
        "", description="Key of the hash under which clients are counted; empty: one is made and kept in Redis."
    )
    ledger_counts_per_hour: int = Field(
        60_000,
        ge=1,
        description="Counts by site and minute that the ledger has in an hour; past them, sites share counts.",
    )
    new_sites_per_hour: int = Field(
        10_000, ge=0, description="Sites without earlier events that may have their first in an hour; 0: any number."
    )
    trusted_proxies: checks.Networks = Field(
        "", description="Addresses or networks whose X-Forwarded-For is believed; comma-separated; empty: nobody's."
    )

    cors_allow_origins: checks.Origins = Field(
        "*", description="Origins whose pages may send events, such as https://a.example; comma-separated; *: any."
    )
    events_from_servers: Literal["open", "key"] = Field(
        "open",
        description="Events with ip, user_agent, country or an old timestamp, without a key: open (they join nobody),"
        " or key (they are refused).",
    )
    script_path: checks.UrlPath = Field(
        "/script.js", description="Path of the tracker, the script that pages load (see docs/tracker.md)."
    )
    event_path: checks.UrlPath = Field("/event", description="Path to which the tracker sends events; /event stays.")
    event_oldest: AwareDatetime = Field(
        datetime(2000, 1, 1, tzinfo=UTC), ge=EARLIEST, description="Earliest timestamp that an event may carry."
    )
    event_ahead_hours: float = Field(24, ge=0, le=100 * 8760, description="How far ahead of now a timestamp may be.")
    site_day_paths: int = Field(
        50_000, ge=1, description='Different paths of a site in a UTC day past which they count under "(other)".'
    )
    site_day_values: int = Field(
        10_000,
        ge=1,
        description="The same of each other field that holds what senders like: campaigns, referrers, values of a"
        " property.",
    )
    site_day_names: int = Field(500, ge=1, description="The same of event types, and of the names of properties.")
    honour_do_not_track: bool = Field(
        True, description="Whether a browser's DNT: 1 or Sec-GPC: 1 makes its events count without a visitor."
    )
    query_parameters_kept: str = Field(
        "", description="Query parameters that stay part of a path; comma-separated; empty: none; *: all."
    )
    places_mmdb: str = Field(
        "", description="MaxMind database (.mmdb) of countries or cities; empty: the country data that is included."
    )

    stats_api_key: str = Field(
        "", description="Key that may do everything at stats; with it, no request is answered without a key."
    )
    stats_api_key_secret_arn: str = Field(
        "", description="Secret of AWS Secrets Manager that is the key, in place of STATS_API_KEY."
    )

    stats_rollup_timeout_seconds: float = Field(
        3,
        gt=0,
        description="Longest statement of stats that reads rollups alone;"
        " one that reads visits or events has DATABASE_TIMEOUT_SECONDS.",
    )
    stats_without_key: Literal["local", "published", "never"] = Field(
        "local",
        description="Who reads figures without a key while STATS_API_KEY is unset: local (this machine, if LISTEN_HOST"
        " is a loopback address), published (also who reaches a container's published port), never (nobody).",
    )
    stats_user_header: str = Field(
        "",
        pattern=r"^([A-Za-z0-9-]{1,100})?$",
        description="Header field in which TRUSTED_PROXIES name the user whom they signed in; empty: none is believed.",
    )
    admin_key: str = Field("", description="Key of all sites and scopes that `make up` makes, and the database knows.")
    ingest_key: str = Field(
        "",
        description="Key with which the importer speaks for visitors; `make up` makes one, and the database knows it.",
    )

    process_function: str = Field(
        "", description="AWS Lambda function (name or ARN) that the poller invokes in place of PROCESS_URL."
    )
    process_url: checks.HttpUrl = Field(
        "http://127.0.0.1:3002", description="Where the poller finds the process function."
    )
    process_key: checks.ProcessKey = Field(
        "", description="Key that the poller shows to the processor; empty: the processor answers its own machine only."
    )
    process_timeout_seconds: float = Field(30, gt=0, description="Longest wait for one batch to be processed.")
    poller_lanes: int = Field(2, ge=1, description="Batches in flight at once, for each shard.")
    batch_max_events: int = Field(5_000, ge=1, le=MAX_BATCH_EVENTS, description="Events at which a batch is full.")
    batch_max_bytes: int = Field(2_500_000, ge=1, description="Bytes at which a batch is full.")
    batch_max_visits: int = Field(
        25_000,
        ge=1,
        description="Known visits that one transaction of a batch touches;"
        " a batch that touches more is stored in parts.",
    )
    batch_linger_ms: int = Field(
        150, ge=0, description="How long a batch waits for more events where many come; where few come, less."
    )
    claim_idle_seconds: float = Field(
        90, gt=0, description="Age at which an entry that another poller left is taken over."
    )
    event_max_attempts: int = Field(
        5, ge=1, description="Failures of an event, delivered alone, that make it a dead letter."
    )
    oldest_pending_max_seconds: float = Field(
        300, gt=0, description="Age of the oldest queued event past which the poller is not ready."
    )

    poller_name: str = Field(
        "", description="Name of the poller, different from any other poller's; empty: from its host and port."
    )
    poller_drain_seconds: float = Field(
        45, gt=0, description="How long a scheduled poller works before it ends; one follows it every minute."
    )
    metrics_key: checks.MetricsKey = Field(
        "", description="Key with which Prometheus reads GET /metrics of every part; empty: there is no such path."
    )
    ledger_port: checks.Port = Field(
        3005, description="Port where Prometheus reads whether the ledger closes, if METRICS_KEY is set."
    )
    sites_port: checks.Port = Field(
        3006,
        description="Port where Prometheus reads the work on time zones, reports and alarms, if METRICS_KEY is set.",
    )
    otel_exporter_otlp_endpoint: str = Field(
        "",
        pattern=r"^(https?://\S+)?$",
        description="OpenTelemetry collector that gets traces, such as http://localhost:4318; empty: none are made.",
    )
    traces_share: float = Field(0.01, ge=0, le=1, description="Share of the requests that are traced.")
    metrics: Literal["off", "emf"] = Field(
        "off", description="emf: the poller logs the queue's figures in CloudWatch's Embedded Metric Format."
    )

    ingest_url: checks.HttpUrl = Field(
        "http://127.0.0.1:3001", description="Where the importer finds the ingest function."
    )
    stats_url: checks.HttpUrl = Field("http://localhost:3003", description="Where reports and alarms ask for figures.")
    stats_function: str = Field(
        "", description="AWS Lambda function (name or ARN) that reports and alarms ask in place of STATS_URL."
    )
    public_url: checks.PublicUrl = Field(
        "", description="Where people find the page, for links in mails and of the demo; empty: at STATS_URL."
    )
    smtp_url: checks.SmtpUrl = Field(
        "",
        description="Server that takes reports and alarms, such as smtp://user:password@host:587, with smtps:// for TLS"
        " from the start; empty: none is sent by mail.",
    )
    smtp_url_secret_arn: str = Field(
        "", description="Secret of AWS Secrets Manager that is the mail server's URL, in place of SMTP_URL."
    )
    mail_from: checks.MailAddress = Field("", description="Address that reports and alarms come from.")
    visitor_key: checks.VisitorKey = Field(
        "", description="Key of the importer's visitor hash; empty: one is made and kept in the data folder."
    )

    @property
    def database_urls(self) -> dict[str, str]:
        """The databases of DATABASE_GROUPS, by group."""
        return checks.read_database_groups(self.database_groups)

    @property
    def page_url(self) -> str:
        """Where people find the page."""
        return (self.public_url or self.stats_url).rstrip("/")

    @property
    def shard_counts_per_hour(self) -> int:
        """The share of a shard, or of an overflow, in ledger_counts_per_hour."""
        return max(1, self.ledger_counts_per_hour // len(self.all_shards))

    @property
    def all_shards(self) -> range:
        """The shards, and after them their overflows, which hold what is over a site's share."""
        return range(2 * self.stream_shards)

    @classmethod
    def load(cls) -> Self:
        """The settings of this process. Raises ValidationError, and WrongSetting where a file can't be read."""
        checks.check_readable(own := Path(".env"), ".env")
        settings = cls(_env_file=own)
        generated = settings.data_dir / GENERATED_ENV
        checks.check_readable(generated, "DATA_DIR")
        return cls(_env_file=(generated, own)) if generated.is_file() else settings

    @classmethod
    def load_or_exit(cls, *, opens_files: bool = False) -> Self:
        """The same for a part of the system, which ends where they are wrong, with a line for each fault.

        `opens_files`: it needs the files that they name.
        """
        try:
            settings = cls.load()
            if opens_files:
                settings.check_files()
        except ValidationError as error:
            sys.exit(f"a setting is wrong\n{describe(error)}")
        except WrongSetting as error:
            sys.exit(f"a setting is wrong\n{error}")
        return settings

    def check_files(self) -> None:
        """Raises WrongSetting unless the files that the settings name can be read."""
        try:
            checks.check_mmdb(self.places_mmdb)
        except ValueError as error:
            raise WrongSetting(f"PLACES_MMDB: {error}") from None

    @model_validator(mode="after")
    def _has_a_login(self) -> Self:
        urls = {"DATABASE_URL: it": self.database_url}
        urls |= {f"DATABASE_GROUPS: {name}": url for name, url in self.database_urls.items()}
        for name, url in urls.items():
            if not urlsplit(url).username and not self.database_secret_arn:
                raise ValueError(
                    f"{name} has no user, and there is no DATABASE_SECRET_ARN;"
                    f" it should look like {checks.DATABASE_FORM}"
                )
        return self

    @model_validator(mode="after")
    def _claims_only_what_was_left(self) -> Self:
        if self.claim_idle_seconds <= self.process_timeout_seconds:
            raise ValueError(
                "CLAIM_IDLE_SECONDS must be greater than PROCESS_TIMEOUT_SECONDS:"
                " a batch that is still being processed would be processed twice"
            )
        return self
