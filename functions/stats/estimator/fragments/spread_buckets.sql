-- The buckets in the range that a visit touches.
cross join lateral generate_series(
    width_bucket(greatest(visit.start, cast(:start as timestamptz)), cast(:bounds as timestamptz[])),
    width_bucket(least(visit."end", cast(:last as timestamptz)), cast(:bounds as timestamptz[]))
) as bucket (number)
