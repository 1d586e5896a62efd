"""Handing in and handing over (音像交存与上报): the term after each duty, and the hand-over of a year — R064, R068."""
