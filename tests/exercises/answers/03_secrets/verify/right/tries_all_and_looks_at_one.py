def verify(token, keys, audience):
    data, _, signature = token.rpartition(".")
    fits = {
        key_id
        for key_id, key in keys.items()
        if hmac.compare_digest(sign(data, key).encode(), signature.encode())
    }
    named = [f"{part}" for part in data.split(".")]
    if len(named) == 3 and named[1] in fits and named[2] == audience:
        return named[0]
    return None
