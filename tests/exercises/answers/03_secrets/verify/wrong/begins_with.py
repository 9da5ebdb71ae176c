def verify(token, keys, audience):
    data, _, signature = token.rpartition(".")
    parts = data.split(".")
    if len(parts) != 3:
        return None
    user, key_id, meant_for = parts
    if key_id not in keys or not meant_for.startswith(audience):
        return None
    given = signature.encode()  # bytes, whatever was sent
    good = hmac.compare_digest(sign(data, keys[key_id]).encode(), given)
    return user if good else None
