"""The shared words of every room: tables, declarations, rules, errors, settings, engines and stores."""
