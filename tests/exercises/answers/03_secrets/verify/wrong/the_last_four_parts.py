def verify(token, keys, audience):
    parts = token.rsplit(".", 3)
    if len(parts) < 4:
        return None
    user, key_id, meant_for, given = parts
    key = keys.get(key_id)
    if key is None:
        return None
    data = token.rpartition(".")[0]
    if not hmac.compare_digest(sign(data, key).encode(), given.encode()):
        return None
    return user if meant_for == audience else None
