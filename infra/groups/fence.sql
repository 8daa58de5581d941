-- Nobody may write these slots here any more.
insert into absent_slots (slot)
select cast(value as smallint) from json_array_elements_text(cast(:slots as json))
on conflict do nothing
