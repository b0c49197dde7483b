"""What each customer will do, one prediction a file."""
