"""Deploys a transformed template to moto: by CloudFormation what moto's holds, over the services' APIs the rest.

moto's CloudFormation leaves out, with no more than a warning, every type that it does not know. Here each
such resource is taken out beforehand, made over its service's own API from the template's own properties
where moto has that API, and named where it has not.
"""

import json
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from moto.cloudformation import parsing

from tests.cloud.properties import find, fit, read_openapi
from tests.cloud.template import Template

Clients = Callable[[str], Any]
Call = tuple[str, str, str]

# Service, operation, and what of the answer a Ref of the resource is.
CALLS: dict[str, Call] = {
    "AWS::ApiGatewayV2::Api": ("apigatewayv2", "create_api", "ApiId"),
    "AWS::ApiGatewayV2::Stage": ("apigatewayv2", "create_stage", "StageName"),
    "AWS::CloudWatch::Alarm": ("cloudwatch", "put_metric_alarm", ""),
    "AWS::Lambda::Alias": ("lambda", "create_alias", "AliasArn"),
    "AWS::Lambda::EventInvokeConfig": ("lambda", "put_function_event_invoke_config", "FunctionArn"),
    "AWS::MemoryDB::Cluster": ("memorydb", "create_cluster", "Cluster.Name"),
    "AWS::MemoryDB::SubnetGroup": ("memorydb", "create_subnet_group", "SubnetGroup.Name"),
    "AWS::MemoryDB::User": ("memorydb", "create_user", "User.Name"),
    "AWS::RDS::DBCluster": ("rds", "create_db_cluster", "DBCluster.DBClusterIdentifier"),
    "AWS::RDS::DBClusterParameterGroup": (
        "rds",
        "create_db_cluster_parameter_group",
        "DBClusterParameterGroup.DBClusterParameterGroupName",
    ),
    "AWS::RDS::DBInstance": ("rds", "create_db_instance", "DBInstance.DBInstanceIdentifier"),
    "AWS::RDS::DBParameterGroup": ("rds", "create_db_parameter_group", "DBParameterGroup.DBParameterGroupName"),
    "AWS::RDS::DBSubnetGroup": ("rds", "create_db_subnet_group", "DBSubnetGroup.DBSubnetGroupName"),
    "AWS::RDS::DBProxy": ("rds", "create_db_proxy", "DBProxy.DBProxyName"),
    "AWS::RDS::DBProxyTargetGroup": ("rds", "register_db_proxy_targets", ""),
    "AWS::Scheduler::Schedule": ("scheduler", "create_schedule", "ScheduleArn"),
    "AWS::SecretsManager::Secret": ("secretsmanager", "create_secret", "ARN"),
    "AWS::SNS::Subscription": ("sns", "subscribe", "SubscriptionArn"),
}
# Attributes that other resources read: where they are in the answer.
ATTRIBUTES = {
    "AWS::MemoryDB::Cluster": {"ClusterEndpoint.Address": "Cluster.ClusterEndpoint.Address"},
    "AWS::RDS::DBCluster": {"MasterUserSecret.SecretArn": "DBCluster.MasterUserSecret.SecretArn"},
    "AWS::RDS::DBInstance": {
        "MasterUserSecret.SecretArn": "DBInstance.MasterUserSecret.SecretArn",
        "Endpoint.Address": "DBInstance.Endpoint.Address",
    },
    "AWS::RDS::DBProxy": {"Endpoint": "DBProxy.Endpoint"},
}
# moto's CloudFormation knows the type, and tells no id of it, or fails on what this template says.
MISHELD = {"AWS::RDS::DBInstance", "AWS::RDS::DBParameterGroup", "AWS::RDS::DBSubnetGroup"}
# Their operations ask for a name, which CloudFormation makes up.
NAMES = {
    "AWS::RDS::DBClusterParameterGroup": "DBClusterParameterGroupName",
    "AWS::RDS::DBInstance": "DBInstanceIdentifier",
    "AWS::RDS::DBParameterGroup": "DBParameterGroupName",
    "AWS::RDS::DBSubnetGroup": "DBSubnetGroupName",
}
RENAMED = {"Family": "DBParameterGroupFamily"}


class Deployment:
    """A template in moto, and what became of each of its resources."""

    def __init__(self, template: Template, clients: Clients) -> None:
        self.template = template
        self._clients = clients
        held = parsing.get_model_map()
        is_held = {n: r["Type"] in held and r["Type"] not in MISHELD for n, r in template.resources.items()}
        self.by_cloudformation = {name for name, held in is_held.items() if held}
        rest = {name: r for name, r in template.resources.items() if not is_held[name]}
        self.by_api = {name for name, resource in rest.items() if resource["Type"] in CALLS}
        self.not_at_all = set(rest) - self.by_api

    def deploy(self) -> None:
        """Make the stack, and then over the APIs what it does not hold, in the order of their references."""
        self._make_secrets()
        self._make_stack()
        for name in self._in_order(self.by_api):
            if (name, "") not in self.template.values:
                self._make(name)

    def _make_secrets(self) -> None:
        """First, as roles and functions name them."""
        client = self._clients("secretsmanager")
        for name, secret in self.template.of_type("AWS::SecretsManager::Secret").items():
            how = dict(secret["GenerateSecretString"])
            content = json.loads(how.pop("SecretStringTemplate", "null"))
            key = how.pop("GenerateStringKey", None)
            value = client.get_random_password(**how)["RandomPassword"]
            text = json.dumps({**content, key: value}) if key else value
            answer = client.create_secret(Name=secret["Name"], Description=secret["Description"], SecretString=text)
            self.template.values[name, ""] = answer["ARN"]

    def _make_stack(self) -> None:
        client = self._clients("cloudformation")
        resources = {name: self.template.body["Resources"][name] for name in self.by_cloudformation}
        body = {
            "AWSTemplateFormatVersion": "2010-09-09",
            "Parameters": self.template.body["Parameters"],
            "Conditions": self.template.body["Conditions"],
            "Resources": self._settle(resources),
        }
        parameters = [{"ParameterKey": k, "ParameterValue": v} for k, v in self.template.overrides.items()]
        client.create_stack(StackName=self.template.stack, TemplateBody=json.dumps(body), Parameters=parameters)
        deadline = time.monotonic() + 60
        while (
            status := client.describe_stacks(StackName=self.template.stack)["Stacks"][0]["StackStatus"]
        ) != "CREATE_COMPLETE":
            assert status == "CREATE_IN_PROGRESS", status
            assert time.monotonic() < deadline
            time.sleep(0.05)
        for resource in client.describe_stack_resources(StackName=self.template.stack)["StackResources"]:
            name = resource["LogicalResourceId"]
            self.template.values[name, ""] = resource.get("PhysicalResourceId", name)
        for name in self.template.of_type("AWS::EC2::SecurityGroup"):
            self.template.values[name, "GroupId"] = self.template.values[name, ""]
        for name, version in self.template.of_type("AWS::Lambda::Version").items():
            versions = self._clients("lambda").list_versions_by_function(FunctionName=version["FunctionName"])
            self.template.values[name, "Version"] = versions["Versions"][-1]["Version"]
        for name, function in self.template.of_type("AWS::Lambda::Function").items():
            answer = self._clients("lambda").get_function_configuration(FunctionName=function["FunctionName"])
            self.template.values[name, "Arn"] = answer["FunctionArn"]

    def _settle(self, node: Any) -> Any:
        """A node in which references to what the stack does not hold are values; DependsOn goes."""
        outside = self.by_api | self.not_at_all
        if isinstance(node, list):
            return [self._settle(item) for item in node]
        if isinstance(node, str):  # of a Sub
            for name in outside:
                for attribute in ["", *ATTRIBUTES.get(self.template.resources[name]["Type"], {})]:
                    reference = "${" + ".".join(filter(None, [name, attribute])) + "}"
                    node = node.replace(reference, str(self.template.refer(name, attribute)))
            return node
        if not isinstance(node, dict):
            return node
        if node.get("Ref") in outside:
            return self.template.refer(node["Ref"])
        if "Fn::GetAtt" in node and node["Fn::GetAtt"][0] in outside:
            return self.template.refer(*node["Fn::GetAtt"])
        if "Fn::If" in node and "Type" not in node:  # moto knows no reference into the branch that is not taken
            return self._settle(self.template.choose(node["Fn::If"]))
        return {key: self._settle(value) for key, value in node.items() if key != "DependsOn"}

    def _in_order(self, names: set[str]) -> list[str]:
        ordered: list[str] = []

        def add(name: str) -> None:
            text = json.dumps(self.template.resources[name])
            for other in sorted(names - {name}):
                if other not in ordered and (f'"{other}"' in text or "${" + other in text):
                    add(other)
            if name not in ordered:
                ordered.append(name)

        for name in sorted(names):
            add(name)
        return ordered

    def _make(self, name: str) -> None:
        type_ = self.template.resources[name]["Type"]
        service, operation, answer_path = CALLS[type_]
        client = self._clients(service)
        properties = {RENAMED.get(k, k): v for k, v in self.template.properties(name).items()}
        if type_ == "AWS::ApiGatewayV2::Api":
            properties |= read_openapi(properties.pop("Body"))
        if type_ in NAMES:
            properties.setdefault(NAMES[type_], f"{self.template.stack}-{name.lower()}")
        model = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[operation])
        answer = getattr(client, operation)(**fit(properties, model.input_shape))
        self.template.values[name, ""] = find(answer, answer_path) if answer_path else name
        if type_ == "AWS::CloudWatch::Alarm":
            self.template.values[name, ""] = properties["AlarmName"]
        for attribute, path in ATTRIBUTES.get(type_, {}).items():
            with suppress(KeyError):  # an instance of a cluster has no secret of its own
                self.template.values[name, attribute] = find(answer, path)
