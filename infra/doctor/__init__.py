"""this machine → here → what would keep the product from running, and the cure.

Each check is two functions: one takes a reading, the other judges it and touches nothing.
"""
