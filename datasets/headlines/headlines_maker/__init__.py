"""What makes the headlines data set: sources in, corpus, queries and truth out."""
