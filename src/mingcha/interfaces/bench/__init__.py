"""Measurements (测量): figures with the limit each is compared with, taken in the same run."""
