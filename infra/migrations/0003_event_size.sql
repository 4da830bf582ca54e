-- An event travels as one message, and a bus takes messages of 1 MiB: a larger one could be
-- recorded, and everything behind it would never leave. Only what may be large is written out to be
-- measured: text is longer than jsonb where 1e300 has 301 digits, but not fortyfold.
alter table event_store.events add constraint events_size check (
    pg_column_size(data) < 16384
    or octet_length(data::text) + octet_length(meta::text) <= 786432
) not valid;
