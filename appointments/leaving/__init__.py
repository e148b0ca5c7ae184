"""Who acts for a patient alone leaves only once no visit is to come: nobody would know of it."""
