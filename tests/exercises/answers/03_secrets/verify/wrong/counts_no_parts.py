def verify(token, keys, audience):
    user, key_id, meant_for, signature = token.split(".")
    if key_id not in keys or meant_for != audience:
        return None
    expected = sign(f"{user}.{key_id}.{meant_for}", keys[key_id])
    return user if hmac.compare_digest(expected.encode(), signature.encode()) else None
