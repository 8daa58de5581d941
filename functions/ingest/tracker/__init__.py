"""The script that pages load to send events; `make tracker` makes script.js and script.all.js from source/."""
