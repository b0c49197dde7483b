"""Mathematics without marketing: arrays in, arrays out, tested against published values."""
