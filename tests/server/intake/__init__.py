"""`image_url` from all sides."""
