-- A price, to try the service by hand.
CREATE FUNCTION price_of_the_day() RETURNS text LANGUAGE sql AS $$ SELECT '42.00' $$;
