def verify(token, keys, audience):
    data, _, signature = token.rpartition(".")
    user, key_id, meant_for, *_ = [*data.split("."), "", "", ""]
    if key_id not in keys or meant_for != audience:
        return None
    good = hmac.compare_digest(sign(data, keys[key_id]).encode(), signature.encode())
    return user if good else None
