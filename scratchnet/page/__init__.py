"""The page: a run's networks, its pictures and its figures in one file that a browser opens."""
