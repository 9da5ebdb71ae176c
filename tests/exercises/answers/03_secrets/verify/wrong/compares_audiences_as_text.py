def verify(token, keys, audience):
    parts = token.split(".")
    if len(parts) != 4:
        return None
    user, key_id, meant_for, signature = parts
    key = keys.get(key_id)
    if key is None or not hmac.compare_digest(meant_for, audience):
        return None
    data = ".".join((user, key_id, meant_for))
    if hmac.compare_digest(sign(data, key).encode(), signature.encode()):
        return user
    return None
