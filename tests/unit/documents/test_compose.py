"""What docker-compose.yml lets out of its network: nothing but what is meant, and on this machine alone."""

from pathlib import Path

import yaml

SERVICES = yaml.safe_load((Path(__file__).resolve().parents[3] / "docker-compose.yml").read_text())["services"]


def test_neither_the_processor_nor_the_poller_is_published_and_all_else_on_loopback() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published.keys() == {"redis", "postgres", "pgadmin", "ingest", "stats", "prometheus", "grafana"}
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)


def test_no_part_knows_the_password_of_anothers_role() -> None:
    known = {
        name: {word for word in ("OWNER", "WRITER", "READER") if f"POSTGRES_{word}_PASSWORD" in yaml.safe_dump(service)}
        for name, service in SERVICES.items()
    }
    assert known["process"] == {"WRITER"}
    assert known["stats"] == {"READER"}
    assert known["ingest"] == known["poller"] == set()
