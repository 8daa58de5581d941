"""HTTP, as the functions share it: the app, what it takes on at once, answers and problem documents."""
