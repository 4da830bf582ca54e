create table exports (
    id          uuid        primary key,
    path        text        not null collate "C",
    query       text,
    format      text        not null,
    status      text        not null,
    reason      text,
    requester   uuid        not null,
    rows        bigint      not null,
    size        bigint,
    sha256      text,
    at_position bigint,
    keep_until  timestamptz,
    version     int         not null,
    position    bigint      not null,
    created_at  timestamptz not null,
    updated_at  timestamptz not null
);

-- How far one has come that is being made is no event.
create view running as
select e.id, e.path, e.query, e.format, e.status, e.reason, e.requester,
    case e.status when 'requested' then jobs.done(e.id) else e.rows end as rows,
    e.size, e.sha256, e.at_position, e.keep_until, e.version, e.position, e.created_at, e.updated_at
from exports e;

create policy row_scope on exports using (row_scope.as_user(requester));

-- after filling
create index on exports (created_at, id);
create index on exports (requester, created_at, id);
create index on exports (rows, id);
create index on exports (size, id);
create index on exports (keep_until) where status = 'completed';
