"""What is made of the page for the documents."""
