-- A query of one second, to try the service by hand.
CREATE FUNCTION bestsellers() RETURNS text LANGUAGE sql AS $$ SELECT 'a book' FROM pg_sleep(1) $$;
