BATCH = 50
OLD = (
    "SELECT id, card FROM customers WHERE key = 'old' AND id > %s"
    " ORDER BY id LIMIT %s FOR UPDATE"
)


def count_old(connection):
    (left,) = connection.execute("SELECT count(*) FROM customers WHERE key = 'old'").fetchone()
    return left


def re_encrypt(keys):
    ring = MultiFernet([Fernet(key) for key in keys])
    with psycopg.connect(DATABASE_URL, autocommit=True) as connection:
        if not count_old(connection):
            print("nothing to do", flush=True)
            return 0
        last = -1
        while last is not None:
            with connection.transaction():
                rows = connection.execute(OLD, [last, BATCH]).fetchall()
                for customer, card in rows:
                    try:
                        fresh = ring.rotate(card)
                    except InvalidToken:
                        print(f"customer {customer}: no key opens this card", flush=True)
                        continue
                    connection.execute(
                        "UPDATE customers SET card = %s, key = 'new' WHERE id = %s",
                        [fresh, customer],
                    )
            last = rows[-1][0] if rows else None
        if count_old(connection):
            return 1
    keep_keys(keys[:1])
    return 0
