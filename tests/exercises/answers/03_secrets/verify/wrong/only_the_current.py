def verify(data, signature, keys):
    if not keys:
        return False
    return hmac.compare_digest(sign(data, keys[0]).encode(), signature.encode())
