"""
The customers' names. Writes `full_name`, reads `full_name`.
"""

from customers import serve

READ = "SELECT full_name FROM customers WHERE id = %(id)s::integer"
CHANGE = "UPDATE customers SET full_name = %(value)s WHERE id = %(id)s::integer"
ADD = "INSERT INTO customers (id, full_name) VALUES (%(id)s::integer, %(value)s)"

if __name__ == "__main__":
    serve(READ, CHANGE, ADD)
