"""Static checks over all rules together; each finding comes with a witness record."""
