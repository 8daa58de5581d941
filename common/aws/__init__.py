"""Secrets that a cloud keeps for us. Only this folder imports botocore."""
