"""What is known of each customer at a moment, one family of columns a file."""
