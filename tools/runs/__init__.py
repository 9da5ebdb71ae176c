"""
What a reader opens in JupyterLab, and where their runs are kept.
"""
