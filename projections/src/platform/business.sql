create table businesses (
    id         uuid        primary key,
    name       text        not null,
    slug       text        not null,
    zone       text        not null,
    currency   text        not null,
    languages  jsonb       not null,
    address    jsonb,
    email      text,
    phone      text,
    logo       text,
    picture    text,
    accent     jsonb,
    hours      jsonb       not null,
    texts      jsonb       not null,
    embedders  jsonb       not null,
    published  boolean     not null,
    version    int         not null,
    position   bigint      not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

-- after filling

create index on businesses (created_at, id);
