-- What was recorded by a moment is found by its time, however long ago that was.
create index events_recorded_at on event_store.events (recorded_at, position);
