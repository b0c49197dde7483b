"""How an audience leaves the house, one platform a file."""
