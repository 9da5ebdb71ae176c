def verify(token, keys, audience):
    try:
        user, key_id, meant_for, signature = token.split(".")
        expected = sign(f"{user}.{key_id}.{meant_for}", keys[key_id])
    except (ValueError, KeyError):
        return None
    same = hmac.compare_digest(expected.encode("latin-1"), signature.encode("latin-1"))
    return user if same and meant_for == audience else None
