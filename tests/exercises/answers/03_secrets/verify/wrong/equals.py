def verify(data, signature, keys):
    return any(sign(data, key) == signature for key in keys)
