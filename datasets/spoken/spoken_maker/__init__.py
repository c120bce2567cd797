"""What makes the spoken data sets: which renderings there are, and the voice that speaks them."""
