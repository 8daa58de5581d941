-- Forget a wish that is fulfilled, or whose site is being deleted.
delete from filtered_restores where id = :wish
