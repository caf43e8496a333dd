"""Tables and arrays become pictures; the only part that knows matplotlib."""
