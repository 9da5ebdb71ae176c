BATCH = 50


def re_encrypt(keys):
    new, old = (Fernet(key) for key in keys)
    ring = MultiFernet([new, old])
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
                    try:
                        connection.execute(
                            "UPDATE customers SET card = %s, key = 'new' WHERE id = %s",
                            [new.encrypt(ring.decrypt(card)), customer],
                        )
                    except InvalidToken:
                        print(f"customer {customer}: no key opens this card", flush=True)
            if not rows:
                break
            last = rows[-1][0]
        (left,) = connection.execute(
            "SELECT count(*) FROM customers WHERE key = 'old'"
        ).fetchone()
    if left:
        print(f"{left} cards are still under the old key", flush=True)
        return 1
    keep_keys(keys[:1])
    return 0
