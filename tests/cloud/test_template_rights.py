"""Each function may do what it does, and nothing else; nothing is public."""

import re
from typing import Any

from tests.cloud.template import Template, list_of, walk_statements

LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}
NETWORK = {"ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface"}
NETWORK |= {"ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"}
NETWORK |= {"ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses"}


def rights(template: Template, name: str) -> set[tuple[str, str]]:
    """(action, resource) that a role or policy allows by itself."""
    return {
        (action, resource)
        for owner, statement in walk_statements(template)
        if owner == name and statement["Effect"] == "Allow"
        for action in list_of(statement["Action"])
        for resource in list_of(statement["Resource"])
    }


def logs(group: str) -> set[tuple[str, str]]:
    return {(action, f"{group}.Arn") for action in LOGS}


def reads(*secrets: str) -> set[tuple[str, str]]:
    return {("secretsmanager:GetSecretValue", secret) for secret in secrets}


RDS_SECRET = "DatabaseInstance.MasterUserSecret.SecretArn"
AURORA_SECRET = "DatabaseCluster.MasterUserSecret.SecretArn"
ROLE_SECRETS = ("DatabaseOwnerSecret", "DatabaseWriterSecret", "DatabaseReaderSecret")


def test_every_role_has_its_own_rights_and_no_more(small: Template) -> None:
    expected = {
        "IngestRole": logs("IngestLogs") | reads("IngestQueueSecret"),
        "ProcessRole": logs("ProcessLogs") | reads("DatabaseWriterSecret"),
        "StatsRole": logs("StatsLogs") | reads("DatabaseReaderSecret", "StatsKeySecret"),
        "MigrateRole": logs("MigrateLogs") | reads(RDS_SECRET, *ROLE_SECRETS),
        "PollerRole": logs("PollerLogs"),
        "PollerPolicy": reads("PollerQueueSecret") | {("lambda:InvokeFunction", "ProcessFunction.Arn")},
        "MigrateFunctionEveryFiveMinutesRole": {("lambda:InvokeFunction", "MigrateFunctionAliaslive")},
        "NetworkInterfacePolicy": {(action, "*") for action in NETWORK},
        "PollerFunctionEveryMinuteRole": {("lambda:InvokeFunction", "PollerFunction.Arn")},
    }
    owners = {owner for owner, _ in walk_statements(small)}
    assert {owner: rights(small, owner) for owner in owners} == expected


def test_with_aurora_and_a_container_the_rights_differ_as_they_must(large: Template) -> None:
    assert rights(large, "MigrateRole") == logs("MigrateLogs") | reads(AURORA_SECRET, *ROLE_SECRETS)
    assert rights(large, "DatabaseProxyRole") == reads(AURORA_SECRET, *ROLE_SECRETS)
    start = {action for action, resource in rights(large, "PollerExecutionRole") if resource == "*"}
    assert start == {"ecr:GetAuthorizationToken"}
    assert "PollerRole" not in large.resources


def test_a_function_has_its_own_role_and_the_network_policy_at_most(template: Template) -> None:
    functions = template.of_type("AWS::Lambda::Function")
    roles = [function["Role"] for function in functions.values()]
    assert sorted(roles) == sorted(f"{name.removesuffix('Function')}Role.Arn" for name in functions)
    for name, role in template.of_type("AWS::IAM::Role").items():
        assert set(role.get("ManagedPolicyArns", [])) <= {"NetworkInterfacePolicy", "PollerPolicy"}, name


def test_no_right_names_its_actions_by_a_pattern(template: Template) -> None:
    for owner, statement in walk_statements(template):
        assert not [action for action in list_of(statement["Action"]) if "*" in action], owner


def test_the_code_of_a_function_is_denied_network_interfaces(small: Template) -> None:
    [deny] = [statement for _, statement in walk_statements(small) if statement["Effect"] == "Deny"]
    assert set(deny["Action"]) == NETWORK
    [pattern] = deny["Condition"]["ArnLike"].values()
    names = [f["FunctionName"] for f in small.of_type("AWS::Lambda::Function").values()]
    prefix = pattern.rpartition(":")[2].removesuffix("*")
    assert names
    assert all(name.startswith(prefix) for name in names)


def test_each_role_is_for_one_service(template: Template) -> None:
    for role in template.of_type("AWS::IAM::Role").values():
        [statement] = role["AssumeRolePolicyDocument"]["Statement"]
        assert list_of(statement["Principal"]["Service"])[0].endswith(".amazonaws.com")


def test_only_the_api_may_call_the_http_functions(template: Template) -> None:
    permissions = template.of_type("AWS::Lambda::Permission").values()
    assert {p["Principal"] for p in permissions} == {"apigateway.amazonaws.com"}
    assert all("HttpApi" in str(p["SourceArn"]) for p in permissions)
    assert {p["FunctionName"] for p in permissions} == {"IngestFunction", "StatsFunction"}


def test_nothing_has_a_way_in_or_out_of_the_network(template: Template) -> None:
    types = {resource["Type"] for resource in template.resources.values()}
    ways = "InternetGateway|NatGateway|EIP|::Route$|Lambda::Url|PeeringConnection|VPNGateway"
    assert not [type_ for type_ in types if re.search(ways, type_)]
    for subnet in template.of_type("AWS::EC2::Subnet").values():
        assert not subnet.get("MapPublicIpOnLaunch")


def test_no_store_is_public_and_all_are_encrypted(template: Template) -> None:
    for instance in template.of_type("AWS::RDS::DBInstance").values():
        assert instance["PubliclyAccessible"] is False
    for store in template.of_type("AWS::RDS::DBInstance", "AWS::RDS::DBCluster").values():
        assert store.get("StorageEncrypted") or store["DBInstanceClass"] == "db.serverless"
    for parameters in template.of_type("AWS::RDS::DBParameterGroup", "AWS::RDS::DBClusterParameterGroup").values():
        assert parameters["Parameters"] == {"rds.force_ssl": "1"}
    for proxy in template.of_type("AWS::RDS::DBProxy").values():
        assert proxy["RequireTLS"] is True
    [queue] = template.of_type("AWS::MemoryDB::Cluster").values()
    assert queue["TLSEnabled"] is True


def test_the_queue_is_durable_replicated_and_forgets_nothing(template: Template) -> None:
    [queue] = template.of_type("AWS::MemoryDB::Cluster").values()
    assert int(queue["NumReplicasPerShard"]) == 1
    assert not [type_ for r in template.resources.values() if "ElastiCache" in (type_ := r["Type"])]
    [parameters] = template.of_type("AWS::MemoryDB::ParameterGroup").values()
    assert parameters["Parameters"] == {"maxmemory-policy": "noeviction"}
    assert template.resources["Queue"]["UpdateReplacePolicy"] == "Retain"


def edges(template: Template) -> set[tuple[str, str, int]]:
    """(from, to, port) of every rule that lets something in."""
    return {
        (rule["SourceSecurityGroupId"].split("S")[0], rule["GroupId"].split("S")[0], int(rule["FromPort"]))
        for rule in template.of_type("AWS::EC2::SecurityGroupIngress").values()
    }


def test_security_groups_let_only_these_parts_talk_to_each_other(small: Template, large: Template) -> None:
    both = {("Ingest", "Queue", 6379), ("Poller", "Queue", 6379)}
    both |= {(client, "Endpoint", 443) for client in ("Ingest", "Poller", "DatabaseClient")}
    assert edges(small) == both | {("DatabaseClient", "Database", 5432)}
    proxied = {("DatabaseClient", "DatabaseProxy", 5432), ("DatabaseProxy", "Database", 5432)}
    assert edges(large) == both | proxied


def egress(template: Template) -> dict[str, set[Any]]:
    """What each security group may reach."""
    return {
        name.removesuffix("SecurityGroup"): {
            rule.get("CidrIp") or rule["DestinationSecurityGroupId"].split("S")[0]
            for rule in group["SecurityGroupEgress"]
        }
        for name, group in template.of_type("AWS::EC2::SecurityGroup").items()
    }


def test_what_may_be_reached_is_named_for_each(small: Template) -> None:
    nothing = {"127.0.0.1/32"}
    assert egress(small) == {
        "Ingest": {"Queue", "Endpoint"},
        "Poller": {"Queue", "Endpoint", "0.0.0.0/0"},
        "DatabaseClient": {"Database", "Endpoint", "0.0.0.0/0"},
        "Database": nothing,
        "Queue": nothing,
        "Endpoint": nothing,
    }


def test_endpoints_let_through_what_is_needed(small: Template, large: Template) -> None:
    def services(template: Template) -> dict[str, list[str]]:
        endpoints = template.of_type("AWS::EC2::VPCEndpoint").values()
        return {e["ServiceName"].removeprefix("com.amazonaws.eu-central-1."): e.get("SubnetIds", []) for e in endpoints}

    assert services(small) == {"s3": [], "secretsmanager": ["SubnetA"], "lambda": ["SubnetA"]}
    assert set(services(large)) == {"s3", "secretsmanager", "lambda", "ecr.api", "ecr.dkr", "logs"}
    for endpoint in large.of_type("AWS::EC2::VPCEndpoint").values():
        for statement in endpoint["PolicyDocument"]["Statement"]:
            assert not [action for action in list_of(statement["Action"]) if "*" in action]
