select name, steps, mode, within, exclude from funnels where site_id = :site_id order by name
