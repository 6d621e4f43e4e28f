"""What a company of some size begins with: folders as `clew company export` writes them, which name no team or person."""
