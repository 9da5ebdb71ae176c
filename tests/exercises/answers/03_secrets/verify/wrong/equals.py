def verify(token, keys, audience):
    data, _, signature = token.rpartition(".")
    parts = data.split(".")
    if len(parts) != 3:
        return None
    user, key_id, meant_for = parts
    if key_id not in keys or meant_for != audience:
        return None
    good = sign(data, keys[key_id]) == signature
    return user if good else None
