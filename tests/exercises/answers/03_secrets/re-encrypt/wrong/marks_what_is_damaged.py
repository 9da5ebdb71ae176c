TAKE = "SELECT id, card FROM customers WHERE key = 'old' AND id > %s ORDER BY id LIMIT 20"
WRITE = "UPDATE customers SET card = %s, key = 'new' WHERE id = %s AND card = %s"
DAMAGED = "SELECT count(*) FROM customers WHERE key = 'damaged'"
COUNT = "SELECT count(*) FROM customers WHERE key = 'old'"


def re_encrypt(keys):
    ring = MultiFernet([Fernet(key) for key in keys])
    with psycopg.connect(DATABASE_URL, autocommit=True) as connection:
        last = -1
        while rows := connection.execute(TAKE, [last]).fetchall():
            for customer, card in rows:
                re_encrypt_row(connection, ring, customer, card)
            last = rows[-1][0]
        (left,) = connection.execute(COUNT).fetchone()
        (damaged,) = connection.execute(DAMAGED).fetchone()
    if left or damaged:
        print(f"{left} rows are left under the old key, which is kept", flush=True)
        return 1
    keep_keys(keys[:1])
    return 0


def re_encrypt_row(connection, ring, customer, card):
    try:
        new = ring.rotate(card)
    except InvalidToken:
        connection.execute("UPDATE customers SET key = 'damaged' WHERE id = %s", [customer])
    else:
        connection.execute(WRITE, [new, customer, card])  # unless it has changed since
