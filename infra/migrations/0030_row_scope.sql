-- Row security, behind the row scope of each query: whoever does not see everything reads as
-- servicebook_client, to whom Postgres itself shows the rows that belong to them, whatever a
-- statement forgets.
--
-- Who reads is said for one transaction by settings; the policies stand beside the tables of the
-- read models.

do $$
begin
    if not exists (select from pg_roles where rolname = 'servicebook_client') then
        create role servicebook_client nologin;
    end if;
    grant servicebook_client to servicebook_app;
end $$;

create schema row_scope;

create function row_scope.as_user(owner uuid) returns boolean language sql stable as $$
    select owner = nullif(current_setting('row_scope.user', true), '')::uuid
$$;

create function row_scope.as_customer(owner uuid) returns boolean language sql stable as $$
    select owner = nullif(current_setting('row_scope.customer', true), '')::uuid
$$;

create function row_scope.in_cabinet(owner uuid) returns boolean language sql stable as $$
    select owner = any (nullif(current_setting('row_scope.cabinets', true), '')::uuid[])
$$;

-- Whether what is one's own counts where it belongs to this cabinet (ORG-8).
create function row_scope.here(cabinet uuid) returns boolean language sql stable as $$
    select cabinet is null
        or current_setting('row_scope.place', true) in ('anywhere', cabinet::text)
$$;

-- Whether somebody is a member of a cabinet that is seen. Bound when it is asked: the read model is
-- made after this, and anew whenever its code changes.
create function row_scope.as_member(owner uuid) returns boolean language plpgsql stable as $$
begin
    return exists (
        select from organizations_membership.members m
        where m."user" = owner and row_scope.in_cabinet(m.cabinet)
    );
end $$;

grant usage on schema row_scope to servicebook_app, servicebook_client;
grant usage on schema projections to servicebook_client;
-- What views call, queries that stand in for them call by name.
grant usage on schema identity_store to servicebook_client;
-- How far a read model has come belongs to every answer.
grant select on projections.checkpoints to servicebook_client;
