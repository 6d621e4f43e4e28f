"""Rule packs: reading them from YAML, and the packs that come with Clew."""
