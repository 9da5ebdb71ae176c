BATCH = 50


def re_encrypt(keys):
    ring = MultiFernet([Fernet(key) for key in keys])
    last = -1
    with psycopg.connect(DATABASE_URL, autocommit=True) as connection:  # each row by itself
        while rows := connection.execute(
            "SELECT id, card FROM customers WHERE key = 'old' AND id > %s"
            " ORDER BY id LIMIT %s FOR UPDATE",
            [last, BATCH],
        ).fetchall():
            for customer, card in rows:
                last = customer
                try:
                    connection.execute(
                        "UPDATE customers SET card = %s, key = 'new' WHERE id = %s",
                        [ring.rotate(card), customer],
                    )
                except InvalidToken:
                    print(f"customer {customer}: no key opens this card", flush=True)
        (left,) = connection.execute(
            "SELECT count(*) FROM customers WHERE key = 'old'"
        ).fetchone()
    if left:
        return 1
    keep_keys(keys[:1])
    return 0
