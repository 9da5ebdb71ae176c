def verify(data, signature, keys):
    given = signature.encode()
    if hmac.compare_digest(sign(data, keys[0]).encode(), given):
        return True
    return any(hmac.compare_digest(sign(data, key).encode(), given) for key in keys[1:])
