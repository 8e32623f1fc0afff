"""What is kept in SQL: documents, the list of graphs, tokens and sessions."""
