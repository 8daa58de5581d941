"""Questions about a site's figures: what may be asked, what it means, and how the answer is made from counts."""
