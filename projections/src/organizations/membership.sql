create table members (
    id         uuid        primary key,
    cabinet    uuid        not null,
    "user"     uuid        not null,
    role       text        not null,
    reach      text        not null,
    version    int         not null,
    position   bigint      not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

-- What the members are called.
create table people (
    id         uuid        primary key,
    name       text        collate "C",
    version    int         not null,
    position   bigint      not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

create view listed as
select m.*, p.name, projections.search_text(coalesce(p.name, '')) as search
from members m left join people p on p.id = m."user";

-- What colleagues see of each other: names. Of themselves they see the rest as well.
create view names as
select l.id, l.cabinet, l."user", s.role, s.reach, l.version, l.position, l.created_at, l.updated_at, l.name,
    l.search
from listed l
left join lateral (select l.role, l.reach where row_scope.as_user(l."user")) s on true;

create policy row_scope on members
    using (row_scope.here(cabinet) and row_scope.as_user("user") or row_scope.in_cabinet(cabinet));
create policy row_scope on people
    using (row_scope.as_user(id) or exists (select from members m where m."user" = people.id));

-- after filling
create index on members (cabinet, id);
create index on members ("user");
create index on members (created_at, id);
create index on people (name, id);
