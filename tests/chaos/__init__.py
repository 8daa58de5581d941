"""The proof that what was acknowledged is never lost and never counted twice, whatever dies."""
