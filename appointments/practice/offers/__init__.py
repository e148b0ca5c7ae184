"""Visit types once more: who stops offering one is told of the visits that are booked."""
