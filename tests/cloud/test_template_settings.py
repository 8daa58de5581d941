"""The template and the code agree: handlers, settings, parameters."""

import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from common.settings import Settings, UnknownSites
from tests.cloud.template import ROOT, Template, read_overrides

SOURCES = {
    "IngestFunction": "functions/ingest",
    "ProcessFunction": "functions/process",
    "StatsFunction": "functions/stats",
    "PollerFunction": "",
    "ReportsFunction": "",
    "MigrateFunction": "",
}


def functions(template: Template) -> dict[str, Any]:
    return template.of_type("AWS::Lambda::Function")


def test_every_function_is_deployed(small: Template, large: Template, mailing: Template) -> None:
    assert set(functions(mailing)) == set(SOURCES)
    assert set(SOURCES) - set(functions(small)) == {"ReportsFunction"}  # only with MailFrom
    assert set(SOURCES) - set(functions(large)) == {"PollerFunction", "ReportsFunction"}  # the poller is a container


def test_every_handler_exists(mailing: Template) -> None:
    for name, function in functions(mailing).items():
        module, _, attribute = function["Handler"].rpartition(".")
        source = (ROOT / SOURCES[name] / module.replace(".", "/")).with_suffix(".py")
        assert re.search(rf"^(def {attribute}\(|{attribute} = )", source.read_text(), re.MULTILINE), name


def test_functions_run_on_python_3_13_of_either_architecture(template: Template) -> None:
    assert {function["Runtime"] for function in functions(template).values()} == {"python3.13"}
    assert {tuple(function["Architectures"]) for function in functions(template).values()} == {("arm64",)}
    assert template.body["Parameters"]["Architecture"]["AllowedValues"] == ["arm64", "x86_64"]


def environments(template: Template) -> dict[str, dict[str, str]]:
    """The environment of each function and container."""
    found = {name: template.environment(name) for name in functions(template)}
    for task in template.of_type("AWS::ECS::TaskDefinition").values():
        for container in task["ContainerDefinitions"]:
            found[container["Name"]] = {pair["Name"]: str(pair["Value"]) for pair in container["Environment"]}
    return found


def test_every_variable_is_a_setting_and_its_value_valid(template: Template) -> None:
    for name, variables in environments(template).items():
        assert {variable.lower() for variable in variables} <= set(Settings.model_fields), name
        Settings(**{variable.lower(): value for variable, value in variables.items()})


def test_the_poller_is_set_alike_as_a_function_and_as_a_container(small: Template, large: Template) -> None:
    function, container = environments(small)["PollerFunction"], environments(large)["poller"]
    assert function.pop("POLLER_DRAIN_SECONDS")
    assert set(function) == set(container)
    assert function["REDIS_SECRET_ARN"] == container["REDIS_SECRET_ARN"] == "PollerQueueSecret"


def test_no_function_is_given_what_it_does_not_use(template: Template) -> None:
    for name, variables in environments(template).items():
        has_queue = any(variable.startswith("REDIS_") for variable in variables)
        has_database = any(variable.startswith("DATABASE_") for variable in variables)
        assert has_queue == (name in {"IngestFunction", "PollerFunction", "poller"}), name
        assert has_database == (name in {"ProcessFunction", "StatsFunction", "MigrateFunction"}), name


def test_no_secret_is_in_the_environment_in_clear(template: Template) -> None:
    for name, variables in environments(template).items():
        for variable, value in variables.items():
            assert "resolve:" not in value, (name, variable)
            assert "@" not in value, (name, variable)  # a login in an address
            assert not re.search("PASSWORD|API_KEY$|VISITOR_KEY", variable), (name, variable)


def test_both_stores_are_reached_over_verified_tls(template: Template) -> None:
    for variables in environments(template).values():
        if "REDIS_URL" in variables:
            assert variables["REDIS_URL"] == "rediss://Queue.ClusterEndpoint.Address:6379/0"
        if "DATABASE_URL" in variables:
            assert "?sslmode=verify-full" in variables["DATABASE_URL"]


def test_only_rds_needs_the_roots_that_are_in_the_bundle(small: Template, large: Template) -> None:
    assert small.environment("StatsFunction")["DATABASE_URL"].endswith("&sslrootcert=/var/task/rds-ca.pem")
    assert "DatabaseProxy.Endpoint" in large.environment("StatsFunction")["DATABASE_URL"]
    assert "sslrootcert" not in large.environment("StatsFunction")["DATABASE_URL"]


def test_the_api_key_of_stats_is_on_by_default(template: Template) -> None:
    assert template.environment("StatsFunction")["STATS_API_KEY_SECRET_ARN"] == "StatsKeySecret"


def test_both_parts_that_meet_an_unknown_site_are_told_alike_what_it_gets(template: Template) -> None:
    for choice in get_args(UnknownSites):
        chosen = Template(template.body, {**template.overrides, "UnknownSites": choice})
        told = [chosen.environment(name)["UNKNOWN_SITES"] for name in ("IngestFunction", "ProcessFunction")]
        assert told == [choice, choice]


def test_servers_need_a_key_to_speak_for_their_visitors(template: Template) -> None:
    assert template.environment("IngestFunction")["EVENTS_FROM_SERVERS"] == "key"


def test_each_time_out_is_shorter_than_that_of_its_caller(template: Template) -> None:
    """A database statement ends before the function, the function before the poller's patience, that before a claim."""
    defaults = Settings()
    poller = {**environments(template)}.get("PollerFunction") or environments(template)["poller"]
    process, patience = functions(template)["ProcessFunction"]["Timeout"], int(poller["PROCESS_TIMEOUT_SECONDS"])
    assert defaults.database_timeout_seconds < process < patience < int(poller["CLAIM_IDLE_SECONDS"])
    assert defaults.redis_timeout_seconds < functions(template)["IngestFunction"]["Timeout"]
    assert defaults.database_timeout_seconds < functions(template)["StatsFunction"]["Timeout"]


def test_a_scheduled_poller_ends_a_late_batch_within_its_own_time_out(small: Template) -> None:
    poller = functions(small)["PollerFunction"]
    late = float(poller["Environment"]["Variables"]["POLLER_DRAIN_SECONDS"]) + 35
    assert late < poller["Timeout"]
    assert poller["ReservedConcurrentExecutions"] == 1


def test_process_may_run_as_often_at_once_as_the_poller_invokes_it(template: Template) -> None:
    lanes = int(template.refer("PollerLanes")) * int(template.refer("StreamShards"))
    assert int(functions(template)["ProcessFunction"]["ReservedConcurrentExecutions"]) >= lanes


def test_the_environments_set_parameters_that_there_are(transformed: dict[str, Any]) -> None:
    assert read_overrides("default") == {}
    overrides = read_overrides("large")
    assert set(overrides) <= set(transformed["Parameters"])
    for name, value in overrides.items():
        allowed = transformed["Parameters"][name].get("AllowedValues")
        assert allowed is None or value in [str(one) for one in allowed], name


def test_every_parameter_is_still_one_after_sams_transform(transformed: dict[str, Any]) -> None:
    """SAM puts defaults in the place of some references: those could not be set any more."""
    text = json.dumps(transformed["Resources"]) + json.dumps(transformed["Conditions"])
    assert [name for name in transformed["Parameters"] if f'{{"Ref": "{name}"}}' not in text] == []


def test_every_parameter_says_what_it_is_for(transformed: dict[str, Any]) -> None:
    assert all(parameter["Description"] for parameter in transformed["Parameters"].values())


@pytest.mark.parametrize("path", ["docs/deploy.md", "README.md"])
def test_the_documents_name_no_parameter_that_there_is_not(transformed: dict[str, Any], path: str) -> None:
    text = Path(ROOT / path).read_text()
    assert set(re.findall(r"parameter-overrides.*?(\w+)=", text)) <= set(transformed["Parameters"])


def test_bundles_are_built_by_the_makefile() -> None:
    source = (ROOT / "template.yaml").read_text()
    assert source.count("BuildMethod: makefile") == source.count("AWS::Serverless::Function") == len(SOURCES)
    makefile = (ROOT / "Makefile").read_text()
    assert all(f"build-{name}" in makefile for name in SOURCES)


def test_the_template_uses_no_yaml_that_cloudformation_refuses() -> None:
    tokens = list(yaml.scan((ROOT / "template.yaml").read_text()))
    assert not [token for token in tokens if isinstance(token, yaml.AliasToken | yaml.AnchorToken)]


def test_metrics_can_be_switched_on() -> None:
    assert "emf" in get_args(Settings.model_fields["metrics"].annotation)
