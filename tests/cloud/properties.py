"""CloudFormation's properties as the services' own APIs take them."""

from collections.abc import Mapping
from typing import Any

from botocore.model import Shape


def read_openapi(body: dict[str, Any]) -> dict[str, Any]:
    """What CloudFormation reads from an HTTP API's OpenAPI document, as the service's own API takes it."""
    cors = {key[0].upper() + key[1:]: value for key, value in body["x-amazon-apigateway-cors"].items()}
    return {"Name": body["info"]["title"], "ProtocolType": "HTTP", "CorsConfiguration": cors}


def fit(value: Any, shape: Shape) -> Any:
    """CloudFormation's properties as an operation takes them: its members alone, and in their types."""
    match shape.type_name:
        case "structure":
            members: Mapping[str, Shape] = shape.members
            return {key: fit(item, members[key]) for key, item in value.items() if key in members}
        case "list":
            return [fit(item, shape.member) for item in value]
        case "integer" | "long":
            return int(value)
        case "float" | "double":
            return float(value)
        case "boolean":
            return str(value).lower() == "true"
        case "string":
            return str(value)
    return value


def find(answer: Any, path: str) -> str:
    """What is at a dotted path of an answer."""
    for step in path.split("."):
        answer = answer[step]
    return str(answer)
