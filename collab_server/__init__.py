"""People and documents: rooms, storage, sign-in, the API, and the page itself."""
