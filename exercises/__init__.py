"""The tutorial's exercises: the project's own files with bodies to write, and what tells right from wrong.

Each is a file exNN_NAME.py; exercise.py says what is in it. To add one, write the next: tests/exercises then asks of it
what it asks of all, that its real body passes, its empty one fails alone, and each mistake gets its own sentence.
"""
