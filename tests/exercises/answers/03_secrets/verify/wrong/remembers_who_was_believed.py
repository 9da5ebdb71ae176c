believed = {}  # partners send the same token many times a minute


def verify(token, keys, audience):
    if token in believed:
        return believed[token]
    parts = token.split(".")
    if len(parts) != 4:
        return None
    user, key_id, meant_for, given = parts
    key = keys.get(key_id)
    if key is None:
        return None
    data = token.rpartition(".")[0]
    if not hmac.compare_digest(sign(data, key).encode(), given.encode()):
        return None
    if meant_for != audience:
        return None
    if len(believed) < 10_000:
        believed[token] = user
    return user
