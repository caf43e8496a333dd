"""A photograph becomes numbers: where it comes from, how it is decoded, and how the pixels are kept on disk."""
