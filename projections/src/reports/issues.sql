select status, age_days, assignee, product, cabinet, count(*) as issues
from scoped
cross join parameters p
cross join lateral (
    select coalesce(max(days), 0)::bigint as age_days from unnest(array[0, 1, 7, 30, 90]) days
    where coalesce(ended_at, p.now) >= created_at + make_interval(days => days)
) band
group by status, age_days, assignee, product, cabinet
