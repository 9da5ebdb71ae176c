BATCH = 50

SOME = """
    SELECT id, card FROM customers WHERE key = 'old'
    ORDER BY id LIMIT %(batch)s
"""
WRITE = "UPDATE customers SET card = %s, key = 'new' WHERE id = %s AND card = %s"
LEFT = "SELECT count(*) FROM customers WHERE key = 'old'"


def re_encrypt(keys):
    ring = MultiFernet([Fernet(key) for key in keys])
    with psycopg.connect(DATABASE_URL, autocommit=True) as connection:
        while True:
            some = {"batch": BATCH}
            rows = connection.execute(SOME, some).fetchall()
            if not rows:
                break
            done = 0
            with connection.transaction():
                for customer, card in rows:
                    try:
                        fresh = ring.rotate(card)
                    except InvalidToken:
                        print(f"customer {customer}: no key opens this card", flush=True)
                        continue
                    connection.execute(WRITE, [fresh, customer, card])
                    done += 1
            if not done:  # only those that no key opens
                break
        (left,) = connection.execute(LEFT).fetchone()
    if left:
        print(f"{left} rows are still under the old key", flush=True)
        return 1
    keep_keys(keys[:1])
    return 0
