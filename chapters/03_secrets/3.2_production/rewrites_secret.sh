# Brings a secret up to date, in its file.
python asks_manager.py > "$1"
