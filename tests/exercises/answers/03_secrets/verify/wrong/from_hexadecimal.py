def verify(data, signature, keys):
    try:
        given = bytes.fromhex(signature)
    except ValueError:
        return False
    return any(hmac.compare_digest(bytes.fromhex(sign(data, key)), given) for key in keys)
