BATCH = """
    SELECT id, card FROM customers
    WHERE key = 'old' AND id > ALL (%s::bigint[])
    ORDER BY id LIMIT 50 FOR UPDATE
"""
MORE = "SELECT FROM customers WHERE key = 'old' AND id > ALL (%s::bigint[]) LIMIT 1"


def one_batch(connection, ring, passed):
    """Encrypt fifty rows anew; the id of the last, and the ids of those that won't open."""
    rows = connection.execute(BATCH, [passed]).fetchall()
    closed, anew = [], []
    for customer, card in rows:
        try:
            anew.append((ring.rotate(card), customer))
        except InvalidToken:
            closed.append(customer)
    with connection.cursor() as cursor:
        cursor.executemany("UPDATE customers SET card = %s, key = 'new' WHERE id = %s", anew)
    connection.commit()
    return [row[0] for row in rows[-1:]], closed


def re_encrypt(keys):
    ring = MultiFernet([Fernet(key) for key in keys])
    with psycopg.connect(DATABASE_URL) as connection:
        passed = []
        while True:
            last, closed = one_batch(connection, ring, passed)
            for customer in closed:
                print(customer, "stays as it is: no key opens it", flush=True)
            passed = last or passed
            # a batch is short, or empty, if its rows were changed while it waited for them
            if not last and not connection.execute(MORE, [passed]).fetchall():
                break
        left = connection.execute(
            "SELECT id FROM customers WHERE key = 'old' LIMIT 1"
        ).fetchall()
    if left:
        return 2
    keep_keys(keys[:1])
    return 0
