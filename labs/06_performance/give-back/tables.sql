CREATE TABLE prices (price integer NOT NULL);
CREATE TABLE reports (name text PRIMARY KEY);
CREATE TABLE lines (
    report text REFERENCES reports, number integer, amount integer NOT NULL,
    PRIMARY KEY (report, number));
CREATE TABLE downloads (number serial PRIMARY KEY, report text NOT NULL);
