"""Prints what SAM makes of the template; run by the Python in .venv/audit, which has aws-sam-translator."""

import json
import os
import sys
from pathlib import Path
from typing import Any

from samtranslator.translator.transform import transform  # type: ignore[import-not-found]
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-not-found]


class NoManagedPolicies:
    """The template names no managed policy of AWS, so none has to be looked up."""

    def load(self) -> dict[str, str]:
        return {}


def main(path: str, region: str) -> None:
    os.environ["AWS_DEFAULT_REGION"] = region
    template: dict[str, Any] = yaml_parse(Path(path).read_text())
    del template["Globals"]["Function"]["CodeUri"]
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function":
            # as `sam package` leaves it; the translator takes no folders
            resource["Properties"]["CodeUri"] = f"s3://bundles/{name}.zip"
    json.dump(transform(template, {}, NoManagedPolicies()), sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
