-- What a passkey ceremony asked for, until it is answered: once, and not for long.
create table identity_store.ceremonies (
    id    uuid        primary key,
    state jsonb       not null,
    until timestamptz not null
);
create index ceremonies_until on identity_store.ceremonies (until);

do $$
begin
    if exists (select from pg_roles where rolname = 'servicebook_app') then
        grant select, insert, delete on identity_store.ceremonies to servicebook_app;
    end if;
end $$;
