-- A database that was restored from a copy notices that the queue had settled more.
alter table queue_losses drop constraint queue_losses_cause_check;
alter table queue_losses add constraint queue_losses_cause_check
    check (cause in ('replaced', 'went_back', 'database_went_back'));
