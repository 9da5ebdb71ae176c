"""
The customers' names. Writes `name`, reads `name`.
"""

from customers import serve

READ = "SELECT name FROM customers WHERE id = %(id)s::integer"
CHANGE = "UPDATE customers SET name = %(value)s WHERE id = %(id)s::integer"
ADD = "INSERT INTO customers (id, name) VALUES (%(id)s::integer, %(value)s)"

if __name__ == "__main__":
    serve(READ, CHANGE, ADD)
