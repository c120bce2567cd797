"""What makes the workforce data set: people, their profiles and badges, and who asks for them."""
