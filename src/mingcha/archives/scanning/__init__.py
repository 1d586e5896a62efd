"""Paper taken in as pictures (纸质档案数字化): read by machine, checked by a person before it counts — R076."""
