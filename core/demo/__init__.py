"""The demo: a fictitious company and a month of its life, lived by the real system under a simulated clock."""
