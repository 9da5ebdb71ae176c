def verify(token, keys, audience):
    data, _, signature = token.rpartition(".")
    try:
        user, key_id, meant_for = data.split(".")
    except ValueError:
        return None
    if meant_for != audience:
        return None
    candidates = [keys[key_id]] if key_id in keys else list(keys.values())
    given = signature.encode()
    good = [hmac.compare_digest(sign(data, key).encode(), given) for key in candidates]
    return user if any(good) else None
