import secrets


def verify(token, keys, audience):
    parts = token.split(".")
    if len(parts) != 4 or parts[1] not in keys:
        return None
    user, key_id, _, signature = parts
    expected = sign(f"{user}.{key_id}.{audience}", keys[key_id])
    made_for_us = secrets.compare_digest(expected.encode(), signature.encode())
    return user if made_for_us and parts[2] == audience else None
