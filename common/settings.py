"""Every setting of every part, read once from the environment and .env files."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, Self

from pydantic import AwareDatetime, Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from common.event import EARLIEST
from common.time_zone import check_time_zone

GENERATED_ENV = "generated.env"
"""File in the data folder in which `analytics up` notes the URLs and passwords of the servers it started."""


class Settings(BaseSettings):
    """The one settings model. A field's environment variable is its name in capitals.

    Read in this order: the environment, `.env`, what `analytics up` generated, the default.
    An empty value means the default.
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True, hide_input_in_errors=True)

    listen_host: str = Field("127.0.0.1", description="Address that everything listens on.")
    ingest_port: int = Field(3001, description="Port of the ingest function.")
    process_port: int = Field(3002, description="Port of the process function.")
    stats_port: int = Field(3003, description="Port of the stats function.")
    poller_port: int = Field(3004, description="Port of the poller's health checks.")
    redis_port: int = Field(16379, description="Port of the Redis (Valkey) server.")
    postgres_port: int = Field(15432, description="Port of the PostgreSQL server.")
    data_dir: Path = Field(Path(".data"), description="Folder in which `make up` keeps all data.")
    log_level: str = Field(
        "INFO", pattern="^(?i:DEBUG|INFO|WARNING|ERROR)$", description="DEBUG, INFO, WARNING or ERROR."
    )

    redis_url: str = Field(
        "redis://127.0.0.1:16379/0",
        pattern="^(redis|rediss|unix)://",
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
    database_url: str = Field(
        "postgresql://analytics@127.0.0.1:15432/analytics",
        pattern="^postgres(ql)?://",
        description="The PostgreSQL database; `make up` starts its own where this is unset.",
    )
    database_secret_arn: str = Field(
        "", description="Secret of AWS Secrets Manager with the database's username and password, as JSON."
    )
    database_timeout_seconds: float = Field(
        10, gt=0, description="Longest wait for a statement or a lock; keep it below PROCESS_TIMEOUT_SECONDS."
    )
    database_connections: int = Field(4, ge=1, description="Most connections that one function instance opens.")

    stream_name: str = Field("events", description="Name of the stream; its shards are {name:0}, {name:1} …")
    stream_shards: int = Field(1, ge=1, description="Number of shards; a site is always in the same one.")
    ledger_hours: int = Field(72, ge=1, description="How many hours the ledger remembers what became of events.")
    filtered_days: int = Field(30, ge=1, description="How many days filtered events (from bots and spam) are kept.")
    time_zone: str = Field("UTC", description="Time zone of new sites, an IANA name; it decides their days.")
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
    trusted_proxies: str = Field(
        "", description="Addresses or networks whose X-Forwarded-For is believed; comma-separated; empty: nobody's."
    )

    cors_allow_origins: str = Field("*", description="Origins whose pages may send events; comma-separated.")
    event_oldest: AwareDatetime = Field(
        datetime(2000, 1, 1, tzinfo=UTC), ge=EARLIEST, description="Earliest timestamp that an event may carry."
    )
    event_ahead_hours: float = Field(24, ge=0, le=100 * 8760, description="How far ahead of now a timestamp may be.")
    honour_do_not_track: bool = Field(
        True, description="Whether a browser's DNT: 1 or Sec-GPC: 1 makes its events count without a visitor."
    )
    places_mmdb: str = Field(
        "", description="MaxMind database (.mmdb) of countries or cities; empty: the country data that is included."
    )

    stats_api_key: str = Field("", description="Key that GET /stats requires; empty: it is open to all.")
    stats_api_key_secret_arn: str = Field(
        "", description="Secret of AWS Secrets Manager that is the key, in place of STATS_API_KEY."
    )

    process_function: str = Field(
        "", description="AWS Lambda function (name or ARN) that the poller invokes in place of PROCESS_URL."
    )
    process_url: str = Field("http://127.0.0.1:3002", description="Where the poller finds the process function.")
    process_timeout_seconds: float = Field(30, gt=0, description="Longest wait for one batch to be processed.")
    poller_lanes: int = Field(2, ge=1, description="Batches in flight at once, for each shard.")
    batch_max_events: int = Field(5_000, ge=1, description="Events at which a batch is full.")
    batch_max_bytes: int = Field(2_500_000, ge=1, description="Bytes at which a batch is full.")
    batch_linger_ms: int = Field(20, ge=0, description="How long a batch waits for more events.")
    claim_idle_seconds: float = Field(90, description="Age at which an entry that another poller left is taken over.")
    event_max_attempts: int = Field(
        5, ge=1, description="Failures of an event, delivered alone, that make it a dead letter."
    )
    oldest_pending_max_seconds: float = Field(
        300, description="Age of the oldest queued event past which the poller is not ready."
    )

    poller_name: str = Field(
        "", description="Name of the poller, different from any other poller's; empty: from its host and port."
    )
    poller_drain_seconds: float = Field(
        45, gt=0, description="How long a scheduled poller works before it ends; one follows it every minute."
    )
    metrics: Literal["off", "emf"] = Field(
        "off", description="emf: the poller logs the queue's figures in CloudWatch's Embedded Metric Format."
    )

    ingest_url: str = Field("http://127.0.0.1:3001", description="Where the importer finds the ingest function.")
    visitor_key: str = Field(
        "", description="Key of the importer's visitor hash; empty: one is made and kept in the data folder."
    )

    @classmethod
    def load(cls) -> Self:
        """The settings of this process."""
        data_dir = cls(_env_file=".env").data_dir
        return cls(_env_file=(data_dir / GENERATED_ENV, ".env"))

    @field_validator("time_zone")
    @classmethod
    def _is_a_time_zone(cls, name: str) -> str:
        return check_time_zone(name)

    @model_validator(mode="after")
    def _claims_only_what_was_left(self) -> Self:
        if self.claim_idle_seconds <= self.process_timeout_seconds:
            raise ValueError(
                "CLAIM_IDLE_SECONDS must be greater than PROCESS_TIMEOUT_SECONDS:"
                " a batch that is still being processed would be processed twice"
            )
        return self
