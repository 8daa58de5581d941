"""The HTTP API, its logs, and the alarms, as the template describes them."""

import json
import re
from unittest import mock

from starlette.applications import Starlette
from starlette.routing import Route

from common.redis.stream import RedisStream
from common.settings import Settings
from functions.ingest.app import build_ingest_app
from functions.ingest.dialects.paths import DOORS, find_twin
from functions.ingest.tracker.serving import load_scripts
from functions.stats.access.api_key import ApiKey
from functions.stats.access.gate import Gate
from functions.stats.access.identity import Identity
from functions.stats.app import build_stats_app
from functions.stats.funnels.routes import build_funnel_routes
from functions.stats.goals.routes import build_goal_routes
from functions.stats.journeys.routes import build_journeys_route
from functions.stats.manage.definitions import build_definition_routes
from functions.stats.manage.imports import build_import_routes
from functions.stats.manage.routes import build_access_routes
from functions.stats.manage.sites import build_site_routes
from functions.stats.page.routes import build_page_routes
from functions.stats.reports.routes import build_unsubscribe_routes
from functions.stats.retention.routes import build_retention_route
from functions.stats.routes import build_routes
from infra.poller.metrics import NAMESPACE
from tests.cloud.template import ROOT, Template


def routes_of(app: Starlette) -> set[tuple[str, str]]:
    """(method, path) of what an app serves; a HEAD comes with its GET."""
    routes = [route for route in app.routes if isinstance(route, Route)]
    served = {(method, route.path) for route in routes for method in route.methods or () if method != "HEAD"}
    return {(method, re.sub("^/assets/.*", "/assets/{file+}", path)) for method, path in served}


def find_script_paths() -> list[str]:
    """The tracker's paths, all of one segment: a pinned copy's holds a hash, which the template can't know."""
    scripts = load_scripts("/script.js", "/event")
    paths = [path for script in scripts for path in (script.path, script.pinned_path)]
    assert all(path.count("/") == 1 for path in paths)
    return paths


def test_the_api_routes_what_the_functions_serve(small: Template) -> None:
    [api] = small.of_type("AWS::ApiGatewayV2::Api").values()
    routed: dict[str, set[tuple[str, str]]] = {}
    for path, methods in api["Body"]["paths"].items():
        for method, operation in methods.items():
            if "x-amazon-apigateway-integration" in operation:
                [target] = re.findall(r"(\w+)Function\.Arn", operation["x-amazon-apigateway-integration"]["uri"])
                routed.setdefault(target.lower(), set()).add((method.upper(), path))
    ingest = routes_of(build_ingest_app(RedisStream(Settings()), Settings()))
    gate = Gate(identity := Identity(Settings(), ApiKey()))
    more = [
        *build_routes(mock.Mock(), gate),
        *build_access_routes(mock.Mock(), identity, gate, mock.Mock()),
        *build_page_routes(mock.Mock()),
        *build_unsubscribe_routes(mock.Mock()),
    ]
    more += build_site_routes(mock.Mock(), gate, "UTC")
    more += build_definition_routes(mock.Mock(), gate)
    more += build_import_routes(mock.Mock(), gate)
    more += build_goal_routes(mock.Mock(), mock.Mock(), gate, mock.Mock())
    more += build_funnel_routes(mock.Mock(), mock.Mock(), gate, mock.Mock())
    more.append(build_journeys_route(mock.Mock(), gate, mock.Mock()))
    more.append(build_retention_route(mock.Mock(), gate, mock.Mock()))
    stats = routes_of(build_stats_app(mock.Mock(), gate, "", more=more))
    scripts = {("GET", path) for path in find_script_paths()}
    assert scripts < ingest
    # a path of other trackers' clients is routed as they call it; the same with or without a slash at its end is not
    twins = {(method, twin) for door in DOORS for method in door.methods if (twin := find_twin(door.path))}
    ingest = ingest - scripts - twins | {("GET", "/{script}")}
    assert routed == {"ingest": ingest, "stats": stats - {("GET", "/healthz"), ("GET", "/readyz")}}


def test_the_api_throttles_and_owns_cors(template: Template) -> None:
    [api] = template.of_type("AWS::ApiGatewayV2::Api").values()
    cors = api["Body"]["x-amazon-apigateway-cors"]
    assert cors["allowOrigins"] == ["*"]
    several = Template(template.body, {"CorsAllowOrigins": "https://a.example,https://b.example"})
    [api] = several.of_type("AWS::ApiGatewayV2::Api").values()
    assert len(api["Body"]["x-amazon-apigateway-cors"]["allowOrigins"]) == 2
    assert {"content-type", "authorization", "x-api-key", "baggage", "traceparent"} <= set(cors["allowHeaders"])
    [stage] = template.of_type("AWS::ApiGatewayV2::Stage").values()
    assert int(stage["DefaultRouteSettings"]["ThrottlingRateLimit"]) == int(template.refer("RequestsPerSecond"))


def test_access_logs_are_json_without_address_or_user_agent(template: Template) -> None:
    [stage] = template.of_type("AWS::ApiGatewayV2::Stage").values()
    line = json.loads(stage["AccessLogSettings"]["Format"])
    assert "$context.status" in line.values()
    assert not [value for value in line.values() if re.search("identity|sourceIp|userAgent|path", value)]


def test_every_log_group_is_named_and_kept_for_a_set_time(template: Template) -> None:
    groups = template.of_type("AWS::Logs::LogGroup")
    assert all(int(group["RetentionInDays"]) > 0 for group in groups.values())
    assert {f["LoggingConfig"]["LogGroup"] for f in template.of_type("AWS::Lambda::Function").values()} <= set(groups)


PLATFORM_METRICS = {
    ("AWS/ApiGateway", "5xx"),
    ("AWS/Lambda", "Errors"),
    ("AWS/Lambda", "Throttles"),
    ("AWS/MemoryDB", "DatabaseMemoryUsagePercentage"),
    ("AWS/RDS", "FreeStorageSpace"),
}


def test_every_alarm_is_on_a_metric_of_the_platform_or_of_the_poller(template: Template) -> None:
    emitted = re.findall(r'^\s+"(\w+)": \(', (ROOT / "infra/poller/lanes.py").read_text(), re.MULTILINE)
    ours = {(NAMESPACE, metric) for metric in emitted}
    alarms = template.of_type("AWS::CloudWatch::Alarm")
    watched = {(alarm["Namespace"], alarm["MetricName"]) for alarm in alarms.values()}
    assert watched - PLATFORM_METRICS == ours
    for alarm in alarms.values():
        if alarm["Namespace"] == NAMESPACE:
            assert alarm["Dimensions"] == [{"Name": "Function", "Value": "poller"}]


def test_alarms_watch_what_matters_and_tell_somebody(template: Template) -> None:
    alarms = template.of_type("AWS::CloudWatch::Alarm")
    metrics = [alarm["MetricName"] for alarm in alarms.values()]
    assert {"OldestPendingAgeSeconds", "DeadLetters", "5xx", "Throttles"} <= set(metrics)
    assert metrics.count("Throttles") == 3
    assert all(alarm["AlarmActions"] == ["AlarmTopic"] for alarm in alarms.values())
    assert alarms["OldestPendingAlarm"]["TreatMissingData"] == "breaching"
