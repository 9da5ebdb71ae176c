from functools import lru_cache


@lru_cache(maxsize=1000)
def verified(token, keys, audience):
    data, _, signature = token.rpartition(".")
    parts = data.split(".")
    if len(parts) != 3:
        return None
    user, key_id, meant_for = parts
    known = dict(keys)
    if key_id not in known or meant_for != audience:
        return None
    given = signature.encode()  # bytes, whatever was sent
    good = hmac.compare_digest(sign(data, known[key_id]).encode(), given)
    return user if good else None


def verify(token, keys, audience):
    return verified(token, tuple(keys.items()), audience)
