"""The logs that can be imported, in the order in which they are tried: what is read by its names before what is read
by its places.
"""

from infra.importer.formats import caddy, cloud, common, haproxy, nginx, traefik, w3c
from infra.importer.formats.combined import parse_line
from infra.importer.formats.kind import LogFormat, make_log_format

COMBINED = make_log_format("combined", "combined (Apache httpd, nginx)", lambda: parse_line)
LOG_FORMATS: tuple[LogFormat, ...] = (
    make_log_format("caddy", "Caddy, JSON", lambda: caddy.read_line),
    make_log_format("traefik-json", "Traefik, JSON", lambda: traefik.read_json),
    make_log_format("nginx-json", "nginx, JSON", lambda: nginx.read_line),
    make_log_format("cloudfront", "Amazon CloudFront, standard log", w3c.open_cloudfront),
    make_log_format("iis", "IIS and others, W3C extended", w3c.open_w3c),
    make_log_format("alb", "AWS Application Load Balancer", lambda: cloud.read_alb),
    make_log_format("elb", "AWS Classic Load Balancer", lambda: cloud.read_elb),
    make_log_format("haproxy", "HAProxy, HTTP log", lambda: haproxy.read_line),
    LogFormat("traefik", "Traefik, common log format", traefik.is_own_clf, lambda: parse_line),
    COMBINED,
    make_log_format("common", "common (Apache httpd)", lambda: common.read_line),
)
