create table services (
    id                     uuid        primary key,
    name                   text        not null collate "C",
    phases                 jsonb       not null,
    duration_minutes       int         not null,
    buffer_before_minutes  int         not null,
    buffer_after_minutes   int         not null,
    minimum_notice_minutes bigint      not null,
    horizon_days           int         not null,
    cancel_cutoff_minutes  bigint      not null,
    auto_confirm           boolean     not null,
    step_minutes           int         not null,
    price                  jsonb,
    price_from             boolean     not null,
    description            text,
    category               text        collate "C",
    picture                text,
    "order"                int         not null,
    public                 boolean     not null,
    texts                  jsonb       not null,
    status                 text        not null,
    search                 text        generated always as (projections.search_text(name)) stored,
    version                int         not null,
    position               bigint      not null,
    created_at             timestamptz not null,
    updated_at             timestamptz not null
);

-- Services as guests see them.
create view public_services as
select * from services where public and status = 'offered';

create policy row_scope on services using (true);

-- after filling

create index on services (name, id);
create index on services (created_at, id);
create index on services (duration_minutes, id);
create index on services ("order", id);
