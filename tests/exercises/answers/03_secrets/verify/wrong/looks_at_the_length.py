LENGTH = hashlib.sha256().digest_size * 2


def verify(token, keys, audience):
    parts = token.split(".")
    if len(parts) != 4:
        return None
    user, key_id, meant_for, signature = parts
    if key_id not in keys or meant_for != audience or len(signature) != LENGTH:
        return None
    expected = sign(".".join(parts[:3]), keys[key_id])
    return user if hmac.compare_digest(expected, signature) else None
