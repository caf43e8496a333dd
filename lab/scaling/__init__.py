"""What several processes bring, measured and reckoned."""
