"""What the measurements share: an office that runs, a browser that signs in, laws to search."""
