"""Made-up decisions in any number (演示决定), to try the register at the size of a province. None of it is real."""
