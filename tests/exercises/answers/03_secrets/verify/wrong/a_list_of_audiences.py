def verify(token, keys, audience):
    parts = token.split(".")
    if len(parts) != 4:
        return None
    user, key_id, audiences, signature = parts
    key = keys.get(key_id)
    if key is None or audience not in audiences.split(","):
        return None
    expected = sign(f"{user}.{key_id}.{audiences}", key)
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        return None
    return user
