"""The operator's command line `mingcha`."""
