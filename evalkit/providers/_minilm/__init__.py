"""all-MiniLM-L6-v2 without torch: its graph, its tokens, and the texts that they come from."""
