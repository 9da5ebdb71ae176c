uvicorn starlette_shop:app --port "$1"
