"""Goals: what is kept of them over HTTP, and how many visitors reached them."""
