"""Which source records are one person, and the facts of each person in one place."""
