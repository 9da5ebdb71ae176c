BATCH = 50


def re_encrypt(keys):
    ring = MultiFernet([Fernet(key) for key in keys])
    last = -1
    with psycopg.connect(DATABASE_URL) as connection:  # commits at its end
        while True:
            rows = connection.execute(
                "SELECT id, card FROM customers WHERE key = 'old' AND id > %s"
                " ORDER BY id LIMIT %s FOR UPDATE",
                [last, BATCH],
            ).fetchall()
            for customer, card in rows:
                try:
                    connection.execute(
                        "UPDATE customers SET card = %s, key = 'new' WHERE id = %s",
                        [ring.rotate(card), customer],
                    )
                except InvalidToken:
                    print(f"customer {customer}: no key opens this card", flush=True)
            if len(rows) < BATCH:
                break
            last = rows[-1][0]
            connection.commit()
        (left,) = connection.execute(
            "SELECT count(*) FROM customers WHERE key = 'old'"
        ).fetchone()
        if left:
            print(f"{left} cards are still under the old key", flush=True)
            return 1
        keep_keys(keys[:1])
    return 0
