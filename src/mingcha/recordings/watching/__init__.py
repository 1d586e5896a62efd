"""Watching recordings (音像查看): declared purposes, markers, shares, transcripts, spoken announcement — R063, R077."""
