"""The template as CloudFormation would see it: transformed, with its parameters and conditions resolved."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PATH = ROOT / "template.yaml"
REGION = "eu-central-1"
ACCOUNT = "123456789012"
Values = dict[tuple[str, str], str]


def read_overrides(environment: str) -> dict[str, str]:
    """The parameters that an environment of samconfig.toml sets."""
    config = tomllib.loads((ROOT / "samconfig.toml").read_text())
    overrides: list[str] = config[environment]["deploy"]["parameters"]["parameter_overrides"]
    return dict(override.split("=", 1) for override in overrides)


class Template:
    """A transformed template under one set of parameters."""

    def __init__(self, body: dict[str, Any], overrides: Mapping[str, str], stack: str = "website-analytics") -> None:
        self.body = body
        self.stack = stack
        self.overrides = dict(overrides)
        self.values: Values = {}
        """What (logical id, attribute) is; attribute "" is the resource's own id. Others stand for themselves."""
        self._parameters = {name: str(p.get("Default", "")) for name, p in body["Parameters"].items()} | self.overrides
        self.resources = {name: r for name, r in body["Resources"].items() if self._is_made(r)}

    def of_type(self, *types: str) -> dict[str, Any]:
        """The resolved properties of each resource of these types."""
        return {name: self.properties(name) for name, r in self.resources.items() if r["Type"] in types}

    def properties(self, name: str) -> dict[str, Any]:
        """A resource's properties, resolved."""
        resolved: dict[str, Any] = self.resolve(self.resources[name].get("Properties", {}))
        return resolved

    def environment(self, function: str) -> dict[str, str]:
        """A function's environment variables, resolved."""
        variables: dict[str, Any] = self.properties(function)["Environment"]["Variables"]
        return {name: str(value) for name, value in variables.items()}

    def resolve(self, node: Any) -> Any:
        """A node without intrinsic functions."""
        if isinstance(node, list):
            return [r for r in (self.resolve(item) for item in node) if r is not None]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            [(key, argument)] = node.items()
            if key == "Ref" or key.startswith("Fn::"):
                return self._call(key, argument)
        return {key: r for key, value in node.items() if (r := self.resolve(value)) is not None}

    def _call(self, name: str, argument: Any) -> Any:
        match name:
            case "Ref":
                return self.refer(argument)
            case "Fn::GetAtt":
                return self.refer(*argument)
            case "Fn::If":
                return self.resolve(self.choose(argument))
            case "Fn::Sub":
                return self._substitute(*(argument if isinstance(argument, list) else (argument, {})))
            case "Fn::Join":
                return argument[0].join(str(part) for part in self.resolve(argument[1]))
            case "Fn::Split":
                return str(self.resolve(argument[1])).split(argument[0])
            case "Fn::Select":
                return self.resolve(argument[1])[int(argument[0])]
            case "Fn::GetAZs":
                return [f"{REGION}a", f"{REGION}b"]
        raise ValueError(f"the template did not use {name} when this was written")

    def choose(self, branches: list[Any]) -> Any:
        """The branch of an If that is taken, not resolved."""
        condition, yes, no = branches
        return yes if self._holds({"Condition": condition}) else no

    def _substitute(self, text: str, variables: Mapping[str, Any]) -> str:
        def name(match: re.Match[str]) -> str:
            if match[1] in variables:
                return str(self.resolve(variables[match[1]]))
            return str(self.refer(match[1], match[2]))

        return re.sub(r"\$\{([\w:]+)\.?([\w.]*)\}", name, text)

    def refer(self, name: str, attribute: str = "") -> Any:
        """What a Ref, or a GetAtt of an attribute, is."""
        pseudo = {
            "AWS::StackName": self.stack,
            "AWS::Region": REGION,
            "AWS::AccountId": ACCOUNT,
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::NoValue": None,
        }
        if name in pseudo:
            return pseudo[name]
        if name in self._parameters:
            return self._parameters[name]
        return self.values.get((name, attribute), f"{name}.{attribute}".rstrip("."))

    def _is_made(self, resource: Mapping[str, Any]) -> bool:
        return "Condition" not in resource or self._holds({"Condition": resource["Condition"]})

    def _holds(self, condition: Any) -> bool:
        [(name, argument)] = condition.items()
        match name:
            case "Condition":
                return self._holds(self.body["Conditions"][argument])
            case "Fn::Equals":
                left, right = (str(self.resolve(side)) for side in argument)
                return left == right
            case "Fn::And":
                return all(self._holds(one) for one in argument)
            case "Fn::Not":
                return not self._holds(argument[0])
        raise ValueError(f"the template did not use {name} when this was written")


def walk_statements(template: Template) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every statement that says what a role may do, with the role's or policy's name."""
    for name, role in template.of_type("AWS::IAM::Role").items():
        for policy in role.get("Policies", []):
            for statement in policy["PolicyDocument"]["Statement"]:
                yield name, statement
    for name, policy in template.of_type("AWS::IAM::ManagedPolicy").items():
        for statement in policy["PolicyDocument"]["Statement"]:
            yield name, statement


def list_of(value: Any) -> list[Any]:
    """Policies write a list of one as that one."""
    return value if isinstance(value, list) else [value]
