"""Secret recordings (涉密音像): kept apart, seen by a named circle only, a number to everybody else — R072."""
