"""Commitments (逐项承诺): the letter cut and committed when it is issued, opened piece by piece when it is published."""
