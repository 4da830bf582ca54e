create table notifications (
    id             uuid        primary key,
    recipient      uuid        not null,
    kind           text        not null,
    about_stream   text        not null,
    about_id       uuid        not null,
    read           boolean     not null,
    snoozed_until  timestamptz,
    version        int         not null,
    position       bigint      not null,
    created_at     timestamptz not null,
    updated_at     timestamptz not null
);

create table deliveries (
    id         uuid        not null,
    key        text        not null,
    state      text        not null,
    attempts   smallint    not null,
    at         timestamptz not null,
    message_id text,
    why        text,

    primary key (id, key)
);

-- What a recipient has to see now.
create view inbox as
select * from notifications where snoozed_until is null or snoozed_until <= now();

create policy row_scope on notifications using (row_scope.as_user(recipient));

-- after filling
create index on notifications (recipient, created_at, id);
create index on notifications (recipient) where not read;
create index on deliveries (at) where state = 'failed';
