TAKE = """
    SELECT id, card FROM customers WHERE key = 'old' AND id <> ALL(%s)
    LIMIT 10 FOR UPDATE SKIP LOCKED
"""
WRITE = "UPDATE customers SET card = %s, key = 'new' WHERE id = %s"
COUNT = "SELECT count(*) FROM customers WHERE key = 'old'"


def re_encrypt(keys):
    ring = MultiFernet([Fernet(key) for key in keys])
    damaged = []
    with psycopg.connect(DATABASE_URL, autocommit=True) as connection:
        while take_some(connection, ring, damaged):
            pass
        (left,) = connection.execute(COUNT).fetchone()
    if left:
        return 1
    keep_keys(keys[:1])
    return 0


def take_some(connection, ring, damaged):
    with connection.transaction():
        rows = connection.execute(TAKE, [damaged]).fetchall()
        for customer, card in rows:
            try:
                connection.execute(WRITE, [ring.rotate(card), customer])
            except InvalidToken:
                damaged.append(customer)
                print(f"customer {customer} is damaged")
    return rows
