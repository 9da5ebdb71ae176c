def verify(data, signature, keys):
    return any(hmac.compare_digest(sign(data, key), signature) for key in keys)
