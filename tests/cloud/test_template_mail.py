"""What MailFrom brings: a function that mails reports and alarms, a way to SES, and no more rights than it needs."""

from typing import Any

from common.settings import Settings
from tests.cloud.template import Template, read_overrides
from tests.cloud.test_template_rights import edges, egress, logs, reads, rights


def test_without_an_address_there_is_nothing_of_it(template: Template) -> None:
    assert not [name for name in template.resources if name.startswith(("Reports", "Mail"))]
    assert template.properties("QueueAcl")["UserNames"] == ["IngestQueueUser", "PollerQueueUser"]
    [statement] = template.properties("LambdaEndpoint")["PolicyDocument"]["Statement"]
    assert statement["Resource"] == ["ProcessFunction.Arn"]


def test_it_may_read_its_secrets_and_ask_stats(mailing: Template) -> None:
    secrets = reads("DatabaseWriterSecret", "ReportsQueueSecret", "StatsKeySecret", "MailSecret")
    asks = {("lambda:InvokeFunction", "StatsFunction.Arn")}
    assert rights(mailing, "ReportsRole") == logs("ReportsLogs") | secrets | asks
    assert rights(mailing, "ReportsFunctionEveryMinuteRole") == {("lambda:InvokeFunction", "ReportsFunction.Arn")}
    assert mailing.properties("QueueAcl")["UserNames"][2:] == ["ReportsQueueUser"]
    [statement] = mailing.properties("LambdaEndpoint")["PolicyDocument"]["Statement"]
    assert statement["Resource"] == ["ProcessFunction.Arn", "StatsFunction.Arn"]


def test_it_alone_reaches_ses(small: Template, mailing: Template) -> None:
    # "ReportsSecurityGroup" and "MailEndpointSecurityGroup", up to their first S
    assert edges(mailing) - edges(small) == {("Reports", "Queue", 6379), ("Reports", "MailEndpoint", 587)}
    before = egress(small)
    assert {name: reached for name, reached in egress(mailing).items() if name not in before} == {
        "Reports": {"Queue", "MailEndpoint"},
        "MailEndpoint": {"127.0.0.1/32"},
    }
    endpoint = mailing.properties("MailEndpoint")
    assert endpoint["ServiceName"] == "com.amazonaws.eu-central-1.email-smtp"
    assert endpoint["SecurityGroupIds"] == ["MailEndpointSecurityGroup"]
    groups = {name: f["VpcConfig"]["SecurityGroupIds"] for name, f in mailing.of_type("AWS::Lambda::Function").items()}
    assert [name for name, ids in groups.items() if "ReportsSecurityGroup" in ids] == ["ReportsFunction"]


def test_its_settings_are_valid_and_hold_no_secret(mailing: Template) -> None:
    variables = mailing.environment("ReportsFunction")
    settings = Settings(**{name.lower(): value for name, value in variables.items()})  # type: ignore[arg-type]
    assert settings.mail_from == "analytics@example.com"
    assert not settings.smtp_url
    assert (settings.smtp_url_secret_arn, settings.stats_function) == ("MailSecret", "StatsFunction")
    assert "sslmode=verify-full" in settings.database_url
    assert settings.redis_url.startswith("rediss://")


def test_links_lead_to_the_api_unless_another_address_is_given(transformed: dict[str, Any], mailing: Template) -> None:
    api = "https://HttpApi.execute-api.eu-central-1.amazonaws.com"
    assert mailing.environment("ReportsFunction")["PUBLIC_URL"] == api
    own = {**mailing.overrides, "PublicUrl": "https://stats.example.com"}
    assert Template(transformed, own).environment("ReportsFunction")["PUBLIC_URL"] == "https://stats.example.com"


def test_with_aurora_it_goes_through_the_proxy(transformed: dict[str, Any], mailing: Template) -> None:
    large = Template(transformed, read_overrides("large") | mailing.overrides)
    assert "DatabaseProxy.Endpoint" in large.environment("ReportsFunction")["DATABASE_URL"]


def test_one_round_at_a_time_and_none_is_tried_again(mailing: Template) -> None:
    function = mailing.properties("ReportsFunction")
    assert function["ReservedConcurrentExecutions"] == 1
    [schedule] = [s for n, s in mailing.of_type("AWS::Scheduler::Schedule").items() if n.startswith("Reports")]
    assert schedule["ScheduleExpression"] == "rate(1 minute)"
    assert schedule["Target"]["RetryPolicy"]["MaximumRetryAttempts"] == 0
