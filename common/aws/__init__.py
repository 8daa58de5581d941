"""What a cloud keeps for us. Only here is botocore imported."""
