"""People: access policy, masking, sign-in and tokens."""
