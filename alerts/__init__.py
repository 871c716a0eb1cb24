"""Cards, their ladder and life, and the live channel."""

from monitor.native import prefer_compiled

prefer_compiled(__name__, __path__)
