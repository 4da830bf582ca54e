create table macros (
    id         uuid        primary key,
    name       text        not null collate "C",
    text       text        not null,
    product    uuid,
    retired    boolean     not null,
    search     text        not null generated always as (projections.search_text(name || ' ' || text)) stored,
    version    int         not null,
    position   bigint      not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

-- after filling

create index on macros (name, id);
create index on macros (created_at, id);
