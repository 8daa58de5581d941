"""What docker-compose.yml lets out of its network: nothing but what is meant, and on this machine alone."""

import re

import yaml

from tests.unit.documents.yaml_files import PROJECT, read_yaml

SERVICES = read_yaml("docker-compose.yml")["services"]


def test_every_image_of_others_is_pinned_by_its_digest() -> None:
    run = [service["image"] for service in SERVICES.values() if "build" not in service]
    stages = re.findall(r"^FROM (\S+)(?: AS (\S+))?$", (PROJECT / "Dockerfile").read_text(), re.MULTILINE)
    built_on = {image for image, _ in stages} - {name for _, name in stages}
    assert (len(run), len(built_on)) == (6, 1)
    pinned = re.compile(r"[a-z0-9/]+:[\w.-]+@sha256:[0-9a-f]{64}")
    assert [image for image in (*run, *built_on) if not pinned.fullmatch(image)] == []


def test_neither_the_processor_nor_the_poller_is_published_and_all_else_on_loopback() -> None:
    assert "ports" not in SERVICES["postgres-second"]
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
