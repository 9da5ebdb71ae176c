-- A report that takes the database two seconds, to try the workers by hand.
CREATE FUNCTION make_report() RETURNS void LANGUAGE sql AS $$ SELECT pg_sleep(2) $$;
