"""Private addresses at which any calendar program can subscribe: to a doctor's visits, a person's."""
