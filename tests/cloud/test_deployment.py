"""The transformed template in moto, reached through localstack-client, and read back from there."""

import io
import json
import re
import zipfile
from collections import Counter
from typing import Any

import pytest

from infra.roles.provision import OWNER, READER, WRITER
from tests.cloud.conftest import ClientFactory
from tests.cloud.deployment import Deployment
from tests.cloud.template import REGION, Template, read_overrides


def deploy(transformed: dict[str, Any], environment: str, stack: str, aws: ClientFactory) -> Deployment:
    template = Template(transformed, read_overrides(environment), stack)
    bundle = io.BytesIO()
    with zipfile.ZipFile(bundle, "w") as archive:
        archive.writestr("main.py", "")
    s3 = aws("s3")
    if not [bucket for bucket in s3.list_buckets()["Buckets"] if bucket["Name"] == "bundles"]:
        s3.create_bucket(Bucket="bundles", CreateBucketConfiguration={"LocationConstraint": REGION})
    for function in template.of_type("AWS::Lambda::Function"):
        s3.put_object(Bucket="bundles", Key=f"{function}.zip", Body=bundle.getvalue())
    deployment = Deployment(template, aws)
    deployment.deploy()
    return deployment


@pytest.fixture(scope="module")
def small(transformed: dict[str, Any], aws: ClientFactory) -> Deployment:
    """As `sam deploy` deploys it."""
    return deploy(transformed, "default", "analytics-small", aws)


@pytest.fixture(scope="module")
def large(transformed: dict[str, Any], aws: ClientFactory) -> Deployment:
    """As `sam deploy --config-env large` deploys it."""
    return deploy(transformed, "large", "analytics-large", aws)


def types(deployment: Deployment, names: set[str]) -> dict[str, int]:
    return dict(Counter(deployment.template.resources[name]["Type"].removeprefix("AWS::") for name in names))


def test_what_moto_can_not_hold_is_known_by_name(small: Deployment, large: Deployment) -> None:
    """The queue's login rules and parameters are tested on a real Valkey, Migration by running its bundle."""
    assert small.not_at_all == large.not_at_all == {"Migration", "QueueAcl", "QueueParameters"}


def test_what_motos_cloudformation_leaves_out_is_made_over_the_apis(small: Deployment, large: Deployment) -> None:
    both = {
        "ApiGatewayV2::Api": 1,
        "ApiGatewayV2::Stage": 1,
        "Lambda::Alias": 1,
        "MemoryDB::Cluster": 1,
        "MemoryDB::SubnetGroup": 1,
        "MemoryDB::User": 2,
        "RDS::DBSubnetGroup": 1,
        "Scheduler::Schedule": 1,
        "SecretsManager::Secret": 6,
    }
    assert types(small, small.by_api) == both | {
        "CloudWatch::Alarm": 11,
        "Lambda::EventInvokeConfig": 1,
        "RDS::DBInstance": 1,
        "RDS::DBParameterGroup": 1,
        "Scheduler::Schedule": 2,
    }
    assert types(large, large.by_api) == both | {
        "CloudWatch::Alarm": 9,
        "RDS::DBCluster": 1,
        "RDS::DBClusterParameterGroup": 1,
        "RDS::DBInstance": 2,
        "RDS::DBProxy": 1,
        "RDS::DBProxyTargetGroup": 1,
    }


def test_nothing_else_is_missing_from_the_stack(small: Deployment, large: Deployment, aws: ClientFactory) -> None:
    for deployment in (small, large):
        stack = aws("cloudformation").describe_stack_resources(StackName=deployment.template.stack)["StackResources"]
        assert {resource["LogicalResourceId"] for resource in stack} == deployment.by_cloudformation
        assert all(resource["ResourceStatus"] == "CREATE_COMPLETE" for resource in stack)
        parts = deployment.by_cloudformation, deployment.by_api, deployment.not_at_all
        assert sum(len(part) for part in parts) == len(deployment.template.resources)


def test_functions_are_configured_as_the_template_says(small: Deployment, aws: ClientFactory) -> None:
    for name, wanted in small.template.of_type("AWS::Lambda::Function").items():
        got = aws("lambda").get_function(FunctionName=wanted["FunctionName"])
        configuration = got["Configuration"]
        assert configuration["Runtime"] == "python3.13"
        assert (configuration["Handler"], configuration["Timeout"]) == (wanted["Handler"], wanted["Timeout"])
        assert set(configuration["VpcConfig"]["SubnetIds"]) == set(wanted["VpcConfig"]["SubnetIds"])
        assert set(configuration["Environment"]["Variables"]) == set(small.template.environment(name))


def test_a_function_names_its_secrets_and_they_have_what_it_expects(small: Deployment, aws: ClientFactory) -> None:
    secrets = aws("secretsmanager")

    def read(function: str, variable: str) -> str:
        arn = small.template.environment(function)[variable]
        text: str = secrets.get_secret_value(SecretId=arn)["SecretString"]
        return text

    for function, user in (("IngestFunction", "ingest"), ("PollerFunction", "poller")):
        login = json.loads(read(function, "REDIS_SECRET_ARN"))
        assert login["username"] == f"analytics-small-{user}"
        assert len(login["password"]) == 64
    for function, role in (("ProcessFunction", WRITER), ("StatsFunction", READER), ("MigrateFunction", OWNER)):
        assert json.loads(read(function, "DATABASE_SECRET_ARN"))["username"] == role
    assert {"username", "password"} <= set(json.loads(read("MigrateFunction", "DATABASE_ADMIN_SECRET_ARN")))
    assert read("StatsFunction", "STATS_API_KEY_SECRET_ARN").isalnum()


def test_with_aurora_the_functions_go_through_the_proxy(large: Deployment, aws: ClientFactory) -> None:
    [proxy] = aws("rds").describe_db_proxies(DBProxyName="analytics-large-database")["DBProxies"]
    assert proxy["RequireTLS"]
    variables = large.template.environment("ProcessFunction")
    assert variables["DATABASE_URL"] == f"postgresql://{proxy['Endpoint']}:5432/analytics?sslmode=verify-full"
    known = {auth["SecretArn"] for auth in proxy["Auth"]}
    for name in ("ProcessFunction", "StatsFunction", "MigrateFunction"):
        secrets = large.template.environment(name).items()
        assert {arn for variable, arn in secrets if re.fullmatch("DATABASE_.*SECRET_ARN", variable)} <= known


def test_the_queue_is_encrypted_and_replicated(small: Deployment, large: Deployment, aws: ClientFactory) -> None:
    def describe(deployment: Deployment) -> dict[str, Any]:
        name = f"{deployment.template.stack}-queue"
        [cluster] = aws("memorydb").describe_clusters(ClusterName=name, ShowShardDetails=True)["Clusters"]
        return dict(cluster)

    queue = describe(small)
    assert queue["TLSEnabled"]
    assert (queue["NodeType"], queue["NumberOfShards"]) == ("db.t4g.small", 1)
    assert len(queue["Shards"][0]["Nodes"]) == 2
    assert queue["ACLName"] == "QueueAcl"
    address = queue["ClusterEndpoint"]["Address"]
    assert small.template.environment("IngestFunction")["REDIS_URL"] == f"rediss://{address}:6379/0"
    assert describe(large)["NodeType"] == "db.r7g.large"


def test_queue_users_have_a_password_and_rights_of_their_own(small: Deployment, aws: ClientFactory) -> None:
    users = {user["Name"]: user for user in aws("memorydb").describe_users()["Users"]}
    for name in ("analytics-small-ingest", "analytics-small-poller"):
        assert users[name]["Authentication"]["Type"] == "password"
        assert "-@dangerous" in users[name]["AccessString"]


def test_the_database_is_private_encrypted_and_backed_up(
    small: Deployment, large: Deployment, aws: ClientFactory
) -> None:
    [instance] = aws("rds").describe_db_instances(DBInstanceIdentifier="analytics-small-database")["DBInstances"]
    assert (instance["Engine"], instance["DBInstanceClass"]) == ("postgres", "db.t4g.micro")
    assert not instance["PubliclyAccessible"]
    assert instance["StorageEncrypted"]
    assert instance["BackupRetentionPeriod"] == 7
    [cluster] = aws("rds").describe_db_clusters(DBClusterIdentifier="analytics-large-database")["DBClusters"]
    assert cluster["StorageEncrypted"]
    assert cluster["DeletionProtection"]


def test_alarms_are_configured_as_the_template_says(small: Deployment, aws: ClientFactory) -> None:
    wanted = small.template.of_type("AWS::CloudWatch::Alarm")
    got = aws("cloudwatch").describe_alarms(AlarmNamePrefix="analytics-small-")["MetricAlarms"]
    assert {alarm["AlarmName"] for alarm in got} == {alarm["AlarmName"] for alarm in wanted.values()}
    topic = aws("sns").get_topic_attributes(TopicArn=got[0]["AlarmActions"][0])["Attributes"]["TopicArn"]
    assert {action for alarm in got for action in alarm["AlarmActions"]} == {topic}
    by_name = {alarm["AlarmName"]: alarm for alarm in got}
    oldest = by_name["analytics-small-oldest-pending"]
    assert (oldest["Threshold"], oldest["Statistic"], oldest["TreatMissingData"]) == (300, "Maximum", "breaching")
    throttles = by_name["analytics-small-ingest-throttles"]
    assert throttles["Dimensions"] == [{"Name": "FunctionName", "Value": "analytics-small-ingest"}]


def test_the_api_has_cors_throttling_and_access_logs(small: Deployment, aws: ClientFactory) -> None:
    api_id = small.template.refer("HttpApi")
    gateway = aws("apigatewayv2")
    assert gateway.get_api(ApiId=api_id)["CorsConfiguration"]["AllowOrigins"] == ["*"]
    stage = gateway.get_stage(ApiId=api_id, StageName="$default")
    assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] == 100
    assert "$context.status" in stage["AccessLogSettings"]["Format"]


def test_the_scheduled_poller_runs_every_minute(small: Deployment, aws: ClientFactory) -> None:
    schedule = aws("scheduler").get_schedule(Name="analytics-small-poller")
    assert schedule["ScheduleExpression"] == "rate(1 minute)"
    assert schedule["State"] == "ENABLED"
    assert schedule["Target"]["Arn"].endswith(":function:analytics-small-poller")


def test_the_always_on_poller_is_one_container_without_a_public_address(large: Deployment, aws: ClientFactory) -> None:
    ecs = aws("ecs")
    [service] = ecs.describe_services(cluster="analytics-large", services=["analytics-large-poller"])["services"]
    assert service["desiredCount"] == 1
    task = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
    [container] = task["containerDefinitions"]
    variables = {pair["name"]: pair["value"] for pair in container["environment"]}
    assert variables["PROCESS_FUNCTION"] == "analytics-large-process"
    assert not container.get("secrets")


def test_logs_are_kept_for_thirty_days(small: Deployment, aws: ClientFactory) -> None:
    groups = aws("logs").describe_log_groups(logGroupNamePrefix="/analytics-small/")["logGroups"]
    assert {group["logGroupName"].rpartition("/")[2]: group["retentionInDays"] for group in groups} == dict.fromkeys(
        ("api", "ingest", "process", "stats", "poller", "migrate"), 30
    )
