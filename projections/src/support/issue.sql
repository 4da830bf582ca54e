create table issues (
    id          uuid        primary key,
    number      bigint,
    title       text,
    text        text,
    priority    text        not null,
    status      text        not null,
    reporter    uuid        not null,
    customer    uuid,
    cabinet     uuid,
    assignee    uuid,
    product     uuid,
    license     uuid,
    linked_to   uuid,
    continued_in uuid[]     not null,
    source      text        not null,
    comments    int         not null,
    answered_at timestamptz,
    ended_at    timestamptz,
    changed_at  timestamptz not null,
    search      text        generated always as
        (projections.search_text(coalesce(number::text, '') || ' ' || coalesce(title, '') || ' '
            || coalesce(text, ''))) stored,
    version     int         not null,
    position    bigint      not null,
    created_at  timestamptz not null,
    updated_at  timestamptz not null
);

create table comments (
    id         uuid        not null,
    key        uuid        not null,
    author     uuid        not null,
    side       text        not null,
    visibility text        not null,
    source     text        not null,
    text       text,
    at         timestamptz not null,
    edited_at  timestamptz,
    deleted_at timestamptz,

    primary key (id, key)
);

create table attachments (
    id         uuid        not null,
    key        uuid        not null,
    author     uuid        not null,
    side       text        not null,
    visibility text        not null,
    name       text,
    media_type text        not null,
    size       bigint      not null,
    at         timestamptz not null,

    primary key (id, key)
);

-- What the people in a thread are called.
create table people (
    id         uuid        primary key,
    name       text,
    version    int         not null,
    position   bigint      not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

create view thread as
select c.key as id, c.id as issue, c.author, p.name as author_name, c.side, c.visibility, c.source,
    c.text, c.at, c.edited_at, c.deleted_at, i.reporter, i.customer, i.cabinet, i.version, i.position
from comments c
join issues i on i.id = c.id
left join people p on p.id = c.author;

create view attached as
select a.key as id, a.id as issue, a.author, p.name as author_name, a.side, a.visibility, a.name,
    a.media_type, a.size, a.at, i.reporter, i.customer, i.cabinet, i.version, i.position
from attachments a
join issues i on i.id = a.id
left join people p on p.id = a.author;

create policy row_scope on issues
    using (
        row_scope.here(cabinet) and (row_scope.as_user(reporter) or row_scope.as_customer(customer))
        or row_scope.in_cabinet(cabinet)
    );
-- Of what is internal no client reads (SUP-1).
create policy row_scope on comments
    using (visibility = 'public' and exists (select from issues i where i.id = comments.id));
create policy row_scope on attachments
    using (visibility = 'public' and exists (select from issues i where i.id = attachments.id));
create policy row_scope on people
    using (
        row_scope.as_user(id) or exists (select from comments c where c.author = people.id)
        or exists (select from attachments a where a.author = people.id)
    );

-- after filling
create index on issues (changed_at, id);
create index on issues (created_at, id);
create index on issues (number);
create index on issues (reporter);
create index on issues (cabinet);
create index on issues (assignee) where status = 'open';
create index on comments (author);
create index on attachments (author);
create index on issues using gin (search gin_trgm_ops);
