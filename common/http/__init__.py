"""HTTP, as the functions share it: the app, admission control, answers and problem documents."""
