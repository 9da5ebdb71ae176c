BATCH = 50


def re_encrypt(keys):
    ring = MultiFernet([Fernet(key) for key in keys])
    last = -1
    with psycopg.connect(DATABASE_URL, autocommit=True) as connection:
        while True:
            with connection.transaction():
                rows = connection.execute(
                    "SELECT id, card FROM customers WHERE key = 'old' AND id > %s"
                    " ORDER BY id LIMIT %s FOR UPDATE",
                    [last, BATCH],
                ).fetchall()
                for customer, card in rows:
                    last = customer
                    try:
                        fresh = ring.rotate(card)
                    except InvalidToken:
                        print(f"customer {customer}: no key opens this card", flush=True)
                        continue
                    connection.execute(
                        "UPDATE customers SET card = %s, key = 'new' WHERE id = %s",
                        [fresh, customer],
                    )
            if len(rows) < BATCH:
                break
        (left,) = connection.execute(
            "SELECT count(*) FROM customers WHERE key = 'old'"
        ).fetchone()
    if not left:
        keep_keys(keys[:1])
    return left  # 0 if all is done, else how many rows still need the old key
