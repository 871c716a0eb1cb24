"""The live channel: follows the feed, cuts it to each recipient's scope, pushes it without ever waiting for anybody."""
