"""The tutorial's exercises: the project's own files with bodies to write, and what tells right from wrong."""
