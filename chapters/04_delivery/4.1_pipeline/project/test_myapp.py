import myapp


def test_price():
    assert myapp.PRICE == 42
