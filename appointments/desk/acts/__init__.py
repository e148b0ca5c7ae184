"""What the desk does with a visit: confirm, decline, check in, complete, did not come, cancel."""
