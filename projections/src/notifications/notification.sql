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

-- What is announced.
create table announcements (
    id         uuid        primary key,
    texts      jsonb       not null,
    withdrawn  boolean     not null,
    version    int         not null,
    position   bigint      not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

-- What a recipient has to see now.
create view inbox as
select n.*, a.texts as announcement
from notifications n
left join announcements a on a.id = n.about_id
where (n.snoozed_until is null or n.snoozed_until <= now()) and a.withdrawn is not true;

create policy row_scope on notifications using (row_scope.as_user(recipient));
-- Whoever was told of one reads it.
create policy row_scope on announcements
    using (exists (select from notifications n where n.about_id = announcements.id));

-- after filling
create index on notifications (recipient, created_at, id);
create index on notifications (recipient) where not read;
create index on notifications (about_id, recipient) where about_stream = 'notifications.announcement';
create index on deliveries (at) where state = 'failed';
