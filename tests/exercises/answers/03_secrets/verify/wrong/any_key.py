def verify(token, keys, audience):
    data, _, signature = token.rpartition(".")
    parts = data.split(".")
    if len(parts) != 3:
        return None
    user, _, meant_for = parts
    if meant_for != audience:
        return None
    given = signature.encode()
    good = any(hmac.compare_digest(sign(data, key).encode(), given) for key in keys.values())
    return user if good else None
