"""What the rest of the code names of botocore: it comes with the managed runtime, or from the extra `aws`."""

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError
from botocore.session import Session

__all__ = ["BotoCoreError", "ClientError", "Config", "ReadTimeoutError", "Session"]
