"""What becomes of vectors after the cut: steps that make groups harder to tell apart by them."""
