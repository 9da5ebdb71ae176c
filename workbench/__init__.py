"""
The tools that the workbook's experiments are made with.
"""
