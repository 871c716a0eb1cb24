"""Cards, their ladder and life, and the live channel."""
