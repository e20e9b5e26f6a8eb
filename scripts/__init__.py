"""What `make` runs: the demo under one supervisor, its reset, and the checks of `make lint`."""
