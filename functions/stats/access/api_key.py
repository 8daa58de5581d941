"""The key that a setting names. It opens everything, and exists before any other key."""

from common.aws.secrets import Secret
from common.http.keys import is_same
from common.settings import Settings


class ApiKey:
    """A key from a setting, or from a secret, where a new one counts as soon as it is presented."""

    def __init__(self, key: str = "", secret: Secret | None = None) -> None:
        self._key = key
        self._secret = secret

    @classmethod
    def of(cls, settings: Settings) -> "ApiKey":
        """The key that the settings name."""
        arn = settings.stats_api_key_secret_arn
        return cls(settings.stats_api_key, Secret(arn) if arn else None)

    def accepts(self, presented: str) -> bool:
        """Whether this is the key; False where there is none. Raises Unavailable if the key can't be known."""
        if self._secret is None:
            return is_same(presented, self._key)
        if is_same(presented, self._secret.read()):
            return True
        self._secret.refuse()  # perhaps it was rotated
        return is_same(presented, self._secret.read())
