"""HTTP and websocket surface: `/api/v1` and `/ws`."""
