CREATE TABLE products (name text PRIMARY KEY, price integer NOT NULL);
CREATE TABLE payments (number serial PRIMARY KEY, amount integer NOT NULL);
INSERT INTO products VALUES ('lamp', 42);
