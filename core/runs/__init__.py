"""A run is a folder: the store reads it, a worker writes it, a launcher
starts the worker."""
