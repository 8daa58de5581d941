"""The names of botocore that the rest of the code may use. It comes with the managed runtime or the extra `aws`."""

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError
from botocore.session import Session

__all__ = ["BotoCoreError", "ClientError", "Config", "ReadTimeoutError", "Session"]
