def verify(token, keys, audience):
    data, _, signature = token.rpartition(".")
    parts = data.split(".")
    if len(parts) != 3:
        return None
    user, key_id, meant_for = parts
    if key_id not in keys or meant_for != audience:
        return None
    expected = sign(data, keys[key_id])
    good = hmac.compare_digest(expected, expected) and expected == signature
    return user if good else None
