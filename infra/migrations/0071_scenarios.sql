-- A replay may hold what would have been under other policies.
alter table projections.replays
    -- These policies, and what they are called.
    add column scenario jsonb,
    -- Whether a schema holds what was so, for the comparison with a scenario.
    add column baseline boolean not null default false;
