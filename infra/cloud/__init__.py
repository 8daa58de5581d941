"""What the cloud needs beside the functions: their bundles, and the migrations at deploy."""
