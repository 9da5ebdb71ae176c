-- A report of 300 lines, to try the service by hand.
INSERT INTO prices VALUES (42);
INSERT INTO reports VALUES ('spring');
INSERT INTO lines SELECT 'spring', number, 10 * number FROM generate_series(1, 300) number;
