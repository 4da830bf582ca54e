create table users (
    id         uuid        primary key,
    email      text,
    name       text collate "C",
    language   text        not null,
    zone       text        not null,
    role       text        not null,
    cabinet    uuid,
    reach      text,
    customer   uuid,
    standing   text        not null,
    locked     boolean     not null,
    verified   boolean     not null,
    search     text        generated always as
        (projections.search_text(coalesce(name, '') || ' ' || coalesce(email, ''))) stored,
    version    int         not null,
    position   bigint      not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

-- Users as a client sees them: the cabinet in which somebody acts only where it is within reach.
create view members as
select u.id, u.email, u.name, u.language, u.zone, u.role, s.cabinet, s.reach, u.customer, u.standing,
    u.locked, u.verified, u.search, u.version, u.position, u.created_at, u.updated_at
from users u
left join lateral (select u.cabinet, u.reach
    where row_scope.as_user(u.id) or row_scope.in_cabinet(u.cabinet)) s on true;

-- What colleagues see of each other: names. Of themselves they see the rest as well.
create view names as
select m.id, null::text as email, m.name, s.language, s.zone, s.role, s.cabinet, s.reach, s.customer,
    s.standing, s.locked, s.verified,
    projections.search_text(coalesce(m.name, '')) as search, m.version, m.position, m.created_at, m.updated_at
from members m
left join lateral (select m.language, m.zone, m.role, m.cabinet, m.reach, m.customer, m.standing, m.locked,
    m.verified where row_scope.as_user(m.id)) s on true;

create policy row_scope on users using (row_scope.as_user(id) or row_scope.as_member(id));

-- after filling
create index on users (name, id);
create index on users (cabinet);
create index on users (customer);
create index on users using gin (search gin_trgm_ops);
create index on users (created_at, id);
