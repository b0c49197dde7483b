"""How outside systems' exports map to the canonical tables; one system a file."""
