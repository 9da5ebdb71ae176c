-- Whichever of the two columns a version writes, the other one gets the same.
CREATE FUNCTION both_names() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.name := coalesce(NEW.name, NEW.full_name);
        NEW.full_name := NEW.name;
    ELSIF NEW.name IS DISTINCT FROM OLD.name THEN
        NEW.full_name := NEW.name;
    ELSE
        NEW.name := NEW.full_name;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER both_names BEFORE INSERT OR UPDATE ON users
    FOR EACH ROW EXECUTE FUNCTION both_names();
