create table appointments (
    id               uuid        primary key,
    customer         uuid,
    service          uuid        not null,
    status           text        not null,
    party_size       int         not null,
    start            timestamp   not null,
    zone             text        not null,
    tzdb             text        not null,
    starts_at        timestamptz not null,
    ends_at          timestamptz not null,
    changeable_until timestamptz not null,
    resources        uuid[]      not null,
    stretches        jsonb       not null,
    held_until       timestamptz,
    late             boolean     not null,
    reason           text,
    version          int         not null,
    position         bigint      not null,
    created_at       timestamptz not null,
    updated_at       timestamptz not null
);

-- What appointments take of resources.
create table occupied (
    id       uuid        not null,
    key      int         not null,
    resource uuid        not null,
    starts   timestamptz not null,
    ends     timestamptz not null,
    -- As long as the appointment is held, still to come, or going on.
    taken    boolean     not null,
    -- From then on others may have it.
    expires  timestamptz,

    primary key (id, key)
);

create table notes (
    id         uuid        not null,
    key        int         not null,
    visibility text        not null,
    text       text,
    author     uuid        not null,
    at         timestamptz not null,

    primary key (id, key)
);

-- When customers are to be reminded.
create table reminders (
    id  uuid        not null,
    -- There is one at a time.
    key int         not null,
    due timestamptz not null,

    primary key (id, key)
);

create view thread as
select n.id, n.key, n.id as appointment, n.visibility, n.text, n.author, n.at, a.customer, a.version, a.position
from notes n join appointments a on a.id = n.id;

create policy row_scope on appointments using (row_scope.as_customer(customer));
create policy row_scope on notes using (
    visibility = 'customer' and exists (select from appointments a where a.id = notes.id)
);

-- after filling

create index on appointments (starts_at, id);
create index on appointments (customer, starts_at);
create index on reminders (due);
create index on occupied (resource, ends);
create index on appointments using gin (resources);
create index on appointments (created_at, id);
create index on appointments (updated_at, id);
