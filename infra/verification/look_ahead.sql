-- Until when events are read for a step that ends then: some hours later, or whenever they came.
select cast(coalesce(cast(:until as timestamptz) + make_interval(hours => cast(:hours as integer)), 'infinity') as text)
