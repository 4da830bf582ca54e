create table templates (
    id               uuid        primary key,
    kind             text        not null,
    language         text        not null,
    product          uuid,
    template_version int         not null,
    text             text        not null,
    retired          boolean     not null,
    version          int         not null,
    position         bigint      not null,
    created_at       timestamptz not null,
    updated_at       timestamptz not null
);

-- after filling

create index on templates (created_at, id);
create index on templates (updated_at, id);
