"""What marketers ask, a theme a file."""
