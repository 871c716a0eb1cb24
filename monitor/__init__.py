"""Real-time electronic supervision of administrative approvals (电子监察)."""
