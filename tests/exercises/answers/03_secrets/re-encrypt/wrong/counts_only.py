TAKE = "SELECT id, card FROM customers WHERE key = 'old' AND id > %s ORDER BY id LIMIT 20"
WRITE = "UPDATE customers SET card = %s, key = 'new' WHERE id = %s AND card = %s"
COUNT = "SELECT count(*) FROM customers WHERE key = 'old'"


def re_encrypt(keys):
    ring = MultiFernet([Fernet(key) for key in keys])
    with psycopg.connect(DATABASE_URL, autocommit=True) as connection:
        last = -1
        while rows := connection.execute(TAKE, [last]).fetchall():
            with connection.transaction():
                for customer, card in rows:
                    re_encrypt_row(connection, ring, customer, card)
            last = rows[-1][0]
        (left,) = connection.execute(COUNT).fetchone()
    if left:
        print(f"{left} rows are left under the old key, which is kept")
        return 1
    keep_keys(keys[:1])
    return 0


def re_encrypt_row(connection, ring, customer, card):
    try:
        new = ring.rotate(card)
    except InvalidToken:
        pass  # it is counted in the end
    else:
        connection.execute(WRITE, [new, customer, card])  # unless it has changed since
