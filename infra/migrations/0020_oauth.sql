-- What the OAuth 2 server must remember that is no fact of the business: it lives for minutes.

-- RS256 beside EdDSA, for the clients that know nothing else; and the order in which keys sign.
alter table key_store.signing add column algorithm text not null default 'EdDSA';
alter table key_store.signing alter column algorithm drop default;

create schema oauth;

-- Authorization codes. Used ones stay for a day, so that a second use is noticed.
create table oauth.codes (
    -- SHA-256 of the code: whoever reads this table has no code.
    digest     bytea       primary key,
    client     uuid        not null,
    -- What the user agreed to, and how he had signed in.
    agreed     jsonb       not null,
    expires_at timestamptz not null,
    uses       int         not null default 0,
    -- The session that began with it.
    session    uuid
);
create index codes_expires_at on oauth.codes (expires_at);

-- Accounts at the providers of organisations, and whose they are here.
create table oauth.links (
    provider   uuid        not null,
    -- A keyed digest of the provider's name for the account.
    subject    bytea       not null,
    user_id    uuid        not null,
    created_at timestamptz not null default now(),

    primary key (provider, subject),
    unique (provider, user_id)
);

do $$
begin
    if exists (select from pg_roles where rolname = 'servicebook_app') then
        grant usage on schema oauth to servicebook_app;
        grant select, insert, update, delete on all tables in schema oauth to servicebook_app;
    end if;
end $$;
