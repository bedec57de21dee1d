-- The day on which a month of the account begins: 1 is the calendar's, its first day's is its anniversary.
ALTER TABLE "tenants" ADD COLUMN "period_start_day" SMALLINT NOT NULL DEFAULT 1 CHECK ("period_start_day" BETWEEN 1 AND 31);

-- First day of the month of an account that a day (UTC) falls in. A month too short for the start day begins on its last.
CREATE FUNCTION "period_start"(start_day INTEGER, at DATE) RETURNS DATE LANGUAGE sql IMMUTABLE PARALLEL SAFE AS E'
  SELECT max(begun.day) FROM (VALUES (0), (1)) AS months (ago),
    LATERAL (SELECT (date_trunc(''month'', at::timestamp) - make_interval(months => ago))::date AS first) AS calendar,
    LATERAL (SELECT least(first + start_day - 1, (first + interval ''1 month'' - interval ''1 day'')::date) AS day) AS begun
  WHERE begun.day <= at
';
