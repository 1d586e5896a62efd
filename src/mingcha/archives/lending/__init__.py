"""Reading of dossiers (调阅): asked for with a purpose, allowed by rule, for a time, on marked pages — R077."""
