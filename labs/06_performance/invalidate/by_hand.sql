-- A price that takes a second to load, to try the service by hand.
CREATE TABLE prices (product text PRIMARY KEY, price text);
INSERT INTO prices VALUES ('tea', '1.00');
CREATE FUNCTION price_of(wanted text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    found text;
BEGIN
    SELECT price INTO found FROM prices WHERE product = wanted;
    PERFORM pg_sleep(1);
    RETURN found;
END $$;
