"""Text of one language alone: what triplets are written about, and what is translated back."""
