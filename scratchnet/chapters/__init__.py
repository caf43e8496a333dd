"""The chapters in docs/: what they quote and which numbers they name, and how their Markdown is read."""
